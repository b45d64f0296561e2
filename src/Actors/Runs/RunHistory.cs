using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Training;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;

namespace ActorSeg.Actors.Runs;

/// <summary>What of the things a job tells its run's history keeps.</summary>
internal static class RunHistory
{
    /// <summary>The event to keep; null for what is soon old.</summary>
    public static RunEvent? Of(JobEvent told) => told switch
    {
        RunNews news => news.Event,
        RunDecision decision => decision.Event,
        JobWarning warning => new Warned(warning.Text),
        TrainingEpochEnded ended => Of(ended.Record, ended.Epochs),
        _ => null,
    };

    /// <summary>An epoch as the curves of a checkpoint have it.</summary>
    public static EpochEnded Of(EpochRecord r, int epochs) =>
        new(r.Epoch, epochs, r.LearningRate, r.TrainLoss, r.ValidationLoss, r.DicePerClass, r.MeanForegroundDice, r.EmaForegroundDice, r.Started, r.Ended);

    /// <summary>How a job ended.</summary>
    public static IEnumerable<RunEvent> EndOf(JobResult result) => result is not TrainResult r ? [] :
    [
        .. r.Quarantined.Select(q => new CaseGivenUp(q.Case.Value, q.Stage, q.Tries, q.Cause)),
        new RunFinished(r.Epochs, r.ValidationDice, r.MeanDice),
    ];

    /// <summary>How an experiment ended before its job did.</summary>
    public static IEnumerable<RunEvent> EndOf(object ending) => ending switch
    {
        ExperimentStopped stopped => [new RunStopped(stopped.Where)],
        // The history is the new owner's by now.
        ExperimentFailed { Cause: RunTakenOverException } => [],
        ExperimentFailed failed => [new RunFailed(failed.Cause.Message, (failed.Cause as ActorSegException)?.Kind.ToString().ToLowerInvariant())],
        _ => [],
    };
}
