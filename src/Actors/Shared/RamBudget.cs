using Akka.Actor;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;

namespace ActorSeg.Actors.Shared;

/// <summary>Leases bytes of this node's memory. Holds no volumes, only who may hold how much.</summary>
public sealed class RamBudget : ReceiveActor
{
    private readonly Dictionary<string, IActorRef> _holders = [];
    private RamBudgetState _state;

    /// <summary>A budget of <paramref name="total"/> bytes.</summary>
    public static Props Props(long total) => Akka.Actor.Props.Create(() => new RamBudget(total));

    /// <param name="total">Bytes that may be leased at once.</param>
    public RamBudget(long total)
    {
        _state = new RamBudgetState(total);
        Receive<RequestLease>(Request);
        Receive<ReleaseLease>(_ => Free(Sender));
        // A holder that died took its volume with it.
        Receive<Terminated>(m => Free(m.ActorRef));
    }

    private void Request(RequestLease m)
    {
        if (!_state.Fits(m.Bytes))
        {
            Sender.Tell(new LeaseRefused(m.Bytes, _state.Total, m.What));
            return;
        }

        var key = Key(Sender);
        if (_holders.TryAdd(key, Sender)) Context.Watch(Sender);
        Advance(_state.Requested(key, m.Bytes));
    }

    private void Free(IActorRef holder)
    {
        if (_holders.Remove(Key(holder))) Context.Unwatch(holder);
        Advance(_state.Released(Key(holder)));
    }

    private void Advance(RamBudgetState next)
    {
        (_state, var granted) = next.Grant();
        foreach (var (holder, bytes) in granted) _holders[holder].Tell(new LeaseGranted(bytes));
    }

    // With the incarnation: a replacement of the same name is somebody else.
    private static string Key(IActorRef actor) => $"{actor.Path}#{actor.Path.Uid}";
}
