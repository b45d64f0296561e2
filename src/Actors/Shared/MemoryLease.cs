using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;

namespace ActorSeg.Actors.Shared;

/// <summary>
/// A lease of memory for something that passes through many hands: it is held as long as this actor lives, and given back by stopping it. Tells its parent when it
/// is granted, or why it never will be.
/// </summary>
public sealed class MemoryLease : ReceiveActor, IWithTimers
{
    private readonly Func<long> _bytes;
    private readonly IActorRef _ramBudget;
    private readonly string _what;
    private long _wanted;

    /// <summary>A lease.</summary>
    /// <param name="bytes">How much; called off this actor's thread, may read a header.</param>
    /// <param name="ramBudget">Where it comes from.</param>
    /// <param name="what">Named in errors.</param>
    /// <param name="granted">Told to the parent when it is granted.</param>
    /// <param name="refused">Made of the cause, and told when it is not.</param>
    public static Props Props(Func<long> bytes, IActorRef ramBudget, string what, object granted, Func<Exception, object> refused) =>
        Akka.Actor.Props.Create(() => new MemoryLease(bytes, ramBudget, what, granted, refused));

    /// <inheritdoc cref="Props"/>
    public MemoryLease(Func<long> bytes, IActorRef ramBudget, string what, object granted, Func<Exception, object> refused)
    {
        (_bytes, _ramBudget, _what) = (bytes, ramBudget, what);
        Receive<Known>(m =>
        {
            _wanted = m.Bytes;
            Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(), Patience);
            Ask();
        });
        Receive<Status.Failure>(m => Context.Parent.Tell(refused(Cause.Of(m.Cause))));
        Receive<AskAgain>(_ => Ask());
        Receive<LeaseGranted>(_ =>
        {
            if (!Timers.IsTimerActive(nameof(AskAgain))) return;
            Timers.Cancel(nameof(AskAgain));
            Context.Parent.Tell(granted);
        });
        Receive<LeaseRefused>(m =>
        {
            Timers.Cancel(nameof(AskAgain));
            Context.Parent.Tell(refused(new ResourceException(
                $"{m.What} needs {m.Bytes / (1 << 20)} MiB of memory and there are {m.Total / (1 << 20)} MiB; use a machine with more memory or raise actorseg.memory.limit")));
        });
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Task.Run(_bytes).PipeTo(Self, success: bytes => new Known(bytes));

    private void Ask() => _ramBudget.Tell(new RequestLease(_wanted, _what));

    private sealed record Known(long Bytes);

    private sealed record AskAgain;
}
