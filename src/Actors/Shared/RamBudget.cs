using Akka.Actor;
using Akka.Event;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;

namespace ActorSeg.Actors.Shared;

/// <summary>
/// Leases bytes of this node's memory. Holds no volumes, only who may hold how much. Its ledger is logged at DEBUG.
/// </summary>
public sealed class RamBudget : ReceiveActor
{
    /// <summary>What is given back is garbage until it is collected: with so much of it a collection is due.</summary>
    public const long MostGarbage = 64L << 20;

    private readonly Dictionary<string, IActorRef> _holders = [];
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Action _collect;
    private RamBudgetState _state;
    private long _garbage;

    /// <summary>A budget within <paramref name="memory"/>.</summary>
    public static Props Props(MemoryBudget memory) => Akka.Actor.Props.Create(() => new RamBudget(memory, Collect));

    /// <param name="memory">Bytes that may be leased at once, by several and by one alone.</param>
    /// <param name="collect">Gives memory that nobody holds any more back; takes some milliseconds.</param>
    public RamBudget(MemoryBudget memory, Action collect)
    {
        (_state, _collect) = (new RamBudgetState(memory.Shared, memory.Alone), collect);
        Receive<RequestLease>(Request);
        Receive<ReleaseLease>(_ => Free(Sender));
        Receive<AbandonLease>(m => Advance(_state.Abandoned(Key(m.Holder))));
        // A holder that died took its volume with it.
        Receive<Terminated>(m => Free(m.ActorRef));
    }

    // Few objects, all of them large: a full collection costs little, and without one the next volumes would come on top of the last ones.
    private static void Collect() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);

    private void Request(RequestLease m)
    {
        if (m.Bytes > _state.Most)
        {
            Sender.Tell(new LeaseRefused(m.Bytes, _state.Most, m.What));
            return;
        }

        var key = Key(Sender);
        if (_holders.TryAdd(key, Sender)) Context.Watch(Sender);
        Advance(_state.Requested(key, m.Bytes));
    }

    private void Free(IActorRef holder)
    {
        var key = Key(holder);
        if (_holders.Remove(key)) Context.Unwatch(holder);
        _garbage += _state.Held.GetValueOrDefault(key) + _state.Lost.GetValueOrDefault(key);
        if (_garbage >= MostGarbage)
        {
            _garbage = 0;
            _collect();
        }

        Advance(_state.Released(key));
    }

    private void Advance(RamBudgetState next)
    {
        // What a worker that hangs holds may leave too little for those that wait.
        foreach (var (holder, bytes) in next.Waiting.Where(w => w.Bytes > next.Most))
        {
            _holders[holder].Tell(new LeaseRefused(bytes, next.Most, "a waiting case"));
            next = next.Released(holder);
        }

        (_state, var granted) = next.Grant();
        foreach (var (holder, bytes) in granted) _holders[holder].Tell(new LeaseGranted(bytes));
        if (_log.IsDebugEnabled)
            _log.Debug("{0} MiB leased to {1}, {2} waiting, of {3} MiB; resident {4} MiB", _state.Held.Values.Sum() >> 20, _state.Held.Count, _state.Waiting.Count, _state.Total >> 20, Environment.WorkingSet >> 20);
    }

    // With the incarnation: a replacement of the same name is somebody else.
    private static string Key(IActorRef actor) => $"{actor.Path}#{actor.Path.Uid}";
}
