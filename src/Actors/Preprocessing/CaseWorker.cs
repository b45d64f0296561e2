using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Preprocessing.FarmProtocol;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>
/// Does one case at a time on its own thread, under a lease for the bytes it needs. At most one case's working set is held.
/// It lets exceptions fly: its farm replaces it and counts a failed try.
/// </summary>
public sealed class CaseWorker : ReceiveActor, IWithTimers
{
    private readonly ICaseJob _job;
    private readonly IActorRef _ramBudget;
    private readonly CancellationToken _stop;
    private DoCase? _work;

    /// <summary>A worker of a farm; runs on <see cref="Dispatchers.Worker"/>.</summary>
    public static Props Props(ICaseJob job, IActorRef ramBudget, CancellationToken stop) =>
        Akka.Actor.Props.Create(() => new CaseWorker(job, ramBudget, stop)).WithDispatcher(Dispatchers.Worker);

    /// <param name="job">What is done to a case.</param>
    /// <param name="ramBudget">Where leases come from.</param>
    /// <param name="stop">Cancelled when the farm stops or gives this worker up.</param>
    public CaseWorker(ICaseJob job, IActorRef ramBudget, CancellationToken stop)
    {
        (_job, _ramBudget, _stop) = (job, ramBudget, stop);
        Receive<DoCase>(Take);
        Receive<AskAgain>(_ => AskForMemory());
        Receive<LeaseGranted>(_ => Work());
        Receive<LeaseRefused>(Refuse);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantCase.Instance);

    private void Take(DoCase work)
    {
        _work = work;
        Timers.StartPeriodicTimer(nameof(AskAgain), new AskAgain(), Patience);
        AskForMemory();
    }

    private void AskForMemory()
    {
        if (_work is { } work) _ramBudget.Tell(new RequestLease(work.Bytes, $"{_job.Stage} {work.Case}"));
    }

    private void Work()
    {
        if (_work is not { } work) return;
        Timers.Cancel(nameof(AskAgain));
        Context.Parent.Tell(new CaseStarted(work.Case, work.Attempt));
        try
        {
            var result = _job.Do(work.Case, _stop);
            _ramBudget.Tell(ReleaseLease.Instance);
            Answer(new CaseDone(work.Case, work.Attempt, result));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The farm has ended or given this worker up: there is nothing to tell anyone.
            Context.Stop(Self);
        }
    }

    private void Refuse(LeaseRefused m)
    {
        if (_work is not { } work) return;
        Answer(new CaseFailed(work.Case, work.Attempt, new ResourceException(
            $"{m.What} needs {m.Bytes / (1 << 20)} MiB of memory and there are {m.Total / (1 << 20)} MiB; "
            + "run it on a machine with more memory or raise actorseg.memory.limit")));
    }

    private void Answer(object answer)
    {
        _work = null;
        Timers.Cancel(nameof(AskAgain));
        Context.Parent.Tell(answer);
        Context.Parent.Tell(WantCase.Instance);
    }

    private sealed record AskAgain;
}
