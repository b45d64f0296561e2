using ActorSeg.Actors.Experiments;
using Akka.Actor;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Shared;

/// <summary>A stage that is one call of Compute (planning, a phantom data set, an overlay), on a thread of its own.</summary>
public sealed class SingleTask : ReceiveActor
{
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Runs <paramref name="work"/> once and tells <paramref name="owner"/>.</summary>
    public static Props Props(Func<CancellationToken, JobResult> work, IActorRef owner) => Akka.Actor.Props.Create(() => new SingleTask(work, owner));

    /// <inheritdoc cref="Props"/>
    public SingleTask(Func<CancellationToken, JobResult> work, IActorRef owner)
    {
        Receive<StageFinished>(End);
        Receive<StageFailed>(End);
        Receive<StopStage>(_ => _stop.Cancel());
        Task.Factory.StartNew(() => work(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            .PipeTo(Self, success: r => new StageFinished(r), failure: e => new StageFailed(Cause.Of(e)));

        void End(object ending)
        {
            owner.Tell(_stop.IsCancellationRequested ? new StageStopped("before it began anything that lasts") : ending);
            Context.Stop(Self);
        }
    }

    /// <inheritdoc/>
    protected override void PostStop() => _stop.Cancel();
}
