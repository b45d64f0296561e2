using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Something a run's history keeps. Never a batch, and no absolute path: a run may move. What is stored is bound to a name and a version in
/// <see cref="RunEventTypes"/>; a field that is added needs a default, any other change a new version.
/// </summary>
public abstract record RunEvent
{
    /// <summary>Its own fields, named as in the journal; numbers that are not finite are the texts <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>.</summary>
    public JsonObject Fields() => RunEventTypes.Fields(this);
}

/// <summary>A process began with the run, for the first time or to go on.</summary>
/// <param name="Dataset">Full name.</param>
/// <param name="Configuration">Such as <c>3d_fullres</c>.</param>
/// <param name="Fold">A number or <c>all</c>.</param>
/// <param name="Trainer">Trainer class name.</param>
/// <param name="Plans">Name of the plans.</param>
/// <param name="PlansSha256">Digest of the whole plans, keys sorted.</param>
/// <param name="TrainingCases">Of the fold.</param>
/// <param name="ValidationCases">Of the fold.</param>
/// <param name="Fresh">Asked to start anew; what lay there is gone.</param>
/// <param name="Epochs">Planned altogether.</param>
/// <param name="IterationsPerEpoch">Training iterations.</param>
/// <param name="ValidationIterations">Of an epoch.</param>
/// <param name="BatchSize">Samples.</param>
/// <param name="Seed">As text: JSON's readers elsewhere lose digits of large numbers.</param>
/// <param name="LearningRate">Of the first epoch.</param>
/// <param name="Precision">Such as <c>fp32</c>.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="TorchThreads">As set; 0 is torch's choice.</param>
/// <param name="Host">Name of the machine.</param>
/// <param name="Pid">Of the process.</param>
/// <param name="Version">Of ActorSeg.</param>
public sealed record RunStarted(
    string Dataset,
    string Configuration,
    string Fold,
    string Trainer,
    string Plans,
    string PlansSha256,
    int TrainingCases,
    int ValidationCases,
    bool Fresh,
    int Epochs,
    int IterationsPerEpoch,
    int ValidationIterations,
    int BatchSize,
    string Seed,
    double LearningRate,
    string Precision,
    string Device,
    int TorchThreads,
    string Host,
    int Pid,
    string Version) : RunEvent;

/// <summary>A file that was there and could not be used.</summary>
public sealed record RefusedFile(string File, string Why);

/// <summary>The run goes on from a checkpoint.</summary>
/// <param name="Epoch">Of the next iteration.</param>
/// <param name="Iteration">The next one.</param>
/// <param name="File">Name of the checkpoint.</param>
/// <param name="Refused">Files that could not be used.</param>
public sealed record RunResumed(int Epoch, int Iteration, string File, IReadOnlyList<RefusedFile> Refused) : RunEvent;

/// <summary>The run goes on with other settings than it had.</summary>
public sealed record SettingsChanged(IReadOnlyList<ValueChange> Changes) : RunEvent;

/// <summary>An epoch is trained and scored.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Epochs">Planned altogether.</param>
/// <param name="LearningRate">Throughout the epoch.</param>
/// <param name="TrainLoss">Mean.</param>
/// <param name="ValidationLoss">Mean; NaN without a validation.</param>
/// <param name="Dice">Pseudo Dice of each class; NaN where neither predicted nor present.</param>
/// <param name="MeanDice">Over the classes.</param>
/// <param name="EmaDice">Its moving average.</param>
/// <param name="Started">Unix seconds.</param>
/// <param name="Ended">Unix seconds.</param>
public sealed record EpochEnded(
    int Epoch,
    int Epochs,
    double LearningRate,
    double TrainLoss,
    double ValidationLoss,
    IReadOnlyList<double> Dice,
    double MeanDice,
    double EmaDice,
    double Started,
    double Ended) : RunEvent;

/// <summary>A checkpoint is on disk, verified.</summary>
/// <param name="Kind"><c>latest</c>, <c>best</c> or <c>final</c>.</param>
/// <param name="Epoch">Of the next iteration.</param>
/// <param name="Iteration">The next one.</param>
/// <param name="WeightsSha256">As <c>describe checkpoint</c> tells it.</param>
public sealed record CheckpointCommitted(string Kind, int Epoch, int Iteration, string WeightsSha256) : RunEvent;

/// <summary>A checkpoint could not be written; the last good one stays and it is tried again.</summary>
public sealed record CheckpointPostponed(string Kind, int Failures, string Cause) : RunEvent;

/// <summary>A step whose loss or gradients were not finite was left out.</summary>
public sealed record StepLeftOut(int Epoch, int Iteration, string Cause) : RunEvent;

/// <summary>The trainer failed, and a new one goes back to the last checkpoint.</summary>
public sealed record TrainerRolledBack(int Epoch, int Iteration, string Cause) : RunEvent;

/// <summary>A loader, validator or checkpoint writer failed and was replaced.</summary>
public sealed record WorkerReplaced(string Worker, string Cause) : RunEvent;

/// <summary>The validator failed too often: these epochs have no figures.</summary>
public sealed record ValidatorGivenUp(IReadOnlyList<int> Epochs, string Cause) : RunEvent;

/// <summary>A case cannot be used: the training goes on without it.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Tries">How often it failed.</param>
/// <param name="Cause">Of the last failure.</param>
/// <param name="Kind">Who has to act: <c>usage</c>, <c>data</c>, <c>resource</c>; null where that is not known.</param>
/// <param name="Epoch">Of the batch in which it failed last.</param>
/// <param name="Batch">In that epoch; null where no batch is known.</param>
public sealed record CaseLeftOut(string Case, int Tries, string Cause, string? Kind, int? Epoch, int? Batch) : RunEvent;

/// <summary>No further iteration is trained until the run is told to go on.</summary>
/// <param name="Epoch">Of the next iteration.</param>
/// <param name="Iteration">The next one.</param>
public sealed record RunPaused(int Epoch, int Iteration) : RunEvent;

/// <summary>The run goes on after a pause.</summary>
/// <param name="Epoch">Of the next iteration.</param>
/// <param name="Iteration">The next one.</param>
public sealed record RunContinued(int Epoch, int Iteration) : RunEvent;

/// <summary>A case was given up in the validation.</summary>
public sealed record CaseGivenUp(string Case, string Stage, int Tries, string Cause) : RunEvent;

/// <summary>Anything else the user was warned of.</summary>
public sealed record Warned(string Text) : RunEvent;

/// <summary>Every epoch is trained, and the final checkpoint on disk; the validation follows.</summary>
public sealed record TrainingEnded(int Epochs) : RunEvent;

/// <summary>Stopped as asked; the same command goes on.</summary>
public sealed record RunStopped(string Where) : RunEvent;

/// <summary>Trained and validated.</summary>
/// <param name="Epochs">Trained.</param>
/// <param name="Dice">Of the validation cases, by class.</param>
/// <param name="MeanDice">Over the classes.</param>
public sealed record RunFinished(int Epochs, IReadOnlyDictionary<string, double> Dice, double MeanDice) : RunEvent;

/// <summary>The run ended with a failure.</summary>
/// <param name="Cause">One sentence.</param>
/// <param name="Kind"><c>usage</c>, <c>data</c>, <c>resource</c>; null for a fault of ours.</param>
public sealed record RunFailed(string Cause, string? Kind) : RunEvent;

/// <summary>Part of the history is missing from here on back.</summary>
/// <param name="Why">One sentence.</param>
/// <param name="Dropped">Events that did not fit into memory while the journal could not be written.</param>
public sealed record HistoryLost(string Why, int Dropped) : RunEvent;
