using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Experiments;

/// <summary>One task of an experiment, as the edge submits it. Folders are nnU-Net's.</summary>
public abstract record Job(DatasetPaths Paths);

/// <summary>Measures a raw data set into dataset_fingerprint.json.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name, <c>DatasetXXX_Name</c>.</param>
/// <param name="Workers">Cases measured at once at most.</param>
/// <param name="Clean">Measure again where the file exists.</param>
/// <param name="VerifyIntegrity">Check the whole data set first.</param>
public sealed record FingerprintJob(DatasetPaths Paths, string Dataset, int Workers, bool Clean, bool VerifyIntegrity) : Job(Paths)
{
    /// <summary>A data set whose fingerprint is there was checked before that was made: it is not read again.</summary>
    public bool VerifyOnce { get; init; }
}

/// <summary>Plans from the fingerprint into <c>plans_name.json</c>.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Planner">Planner class name, such as <c>ExperimentPlanner</c>.</param>
/// <param name="Options">What the user changes of the planner's own values.</param>
public sealed record PlanJob(DatasetPaths Paths, string Dataset, string Planner, PlannerOptions Options) : Job(Paths)
{
    /// <summary>Labels, by value or name, that become a region each (<see cref="RegionSelection"/>); null leaves dataset.json as it is.</summary>
    public IReadOnlyList<string>? Regions { get; init; }

    /// <summary>Plans of that name that are there are used as they are, whoever wrote them.</summary>
    public bool KeepExisting { get; init; }
}

/// <summary>Makes plans for a data set of those of another.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Source">Full name of the data set the plans are of.</param>
/// <param name="Target">Full name of the one they are for.</param>
/// <param name="SourcePlans">Name of the plans.</param>
/// <param name="TargetPlans">Name of the new plans; a file of that name is replaced.</param>
public sealed record MovePlansJob(DatasetPaths Paths, string Source, string Target, string SourcePlans, string TargetPlans) : Job(Paths);

/// <summary>Preprocesses configurations of the plans.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="PlansName">Which plans.</param>
/// <param name="Configurations">Those missing in the plans are skipped with a word.</param>
/// <param name="Workers">Cases at once at most.</param>
/// <param name="Fresh">Make every case again, whether or not it is there.</param>
public sealed record PreprocessJob(DatasetPaths Paths, string Dataset, string PlansName, IReadOnlyList<string> Configurations, int Workers, bool Fresh = false) : Job(Paths);

/// <summary>Trains one fold, then validates it; resumes by itself where a checkpoint of an unfinished run lies.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Configuration">Such as <c>3d_fullres</c>.</param>
/// <param name="Fold">A number or all.</param>
/// <param name="Trainer">Trainer class name; names the results folder.</param>
/// <param name="PlansName">Which plans.</param>
/// <param name="Options">Schedule and its shortenings for trials.</param>
/// <param name="Fresh">Start anew although a checkpoint is there.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
public sealed record TrainJob(
    DatasetPaths Paths, string Dataset, string Configuration, Fold Fold, string Trainer, string PlansName, TrainingOverrides Options, bool Fresh, string Device) : Job(Paths)
{
    /// <summary>Labels that must be the regions the data set was prepared with; null takes it as it is.</summary>
    public IReadOnlyList<string>? Regions { get; init; }

    /// <summary>Augmentation workers where the settings do not fix the number; null adds them as they are needed.</summary>
    public int? Augmenters { get; init; }

    /// <summary>A file whose weights a new training begins with; null begins at random. One that goes on from a checkpoint has no use for it.</summary>
    public string? PretrainedWeights { get; init; }

    /// <summary>Whether the validation also writes probabilities and properties.</summary>
    public bool Probabilities { get; init; }

    /// <summary>Nothing is trained: a training that is over is validated once more.</summary>
    public bool ValidateOnly { get; init; }

    /// <summary>Whether it is the best checkpoint that is validated, in the place of the final one.</summary>
    public bool ValidateBest { get; init; }

    /// <summary>Whether checkpoints are written; without, nothing but the validation is left of a training.</summary>
    public bool Checkpoints { get; init; } = true;

    /// <summary>How many devices share each batch.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>A training that is over and validated is left alone; else it is validated once more.</summary>
    public bool KeepFinished { get; init; }
}

/// <summary>What a trial changes of the schedule; null keeps nnU-Net's value.</summary>
public sealed record TrainingOverrides(int? Epochs, int? Iterations, int? ValidationIterations, int? BatchSize, ulong? Seed)
{
    /// <summary>Of the first epoch.</summary>
    public double? LearningRate { get; init; }
}

/// <summary>Predicts cases with a trained model.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="ModelFolder"><c>results/dataset/trainer__plans__configuration</c>.</param>
/// <param name="Input">Folder of images, or a .json file that lists the files of each case.</param>
/// <param name="Output">Folder of label maps, made when missing, or a .json file that lists a path for each case.</param>
/// <param name="Folds">Averaged; empty finds those that are there.</param>
/// <param name="Checkpoint">File name, <c>checkpoint_final.pth</c>.</param>
/// <param name="StepSize">Tile stride as a fraction of the patch.</param>
/// <param name="Mirroring">Test-time mirroring.</param>
/// <param name="SkipExisting">Leave cases alone whose output exists.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
public sealed record PredictJob(
    DatasetPaths Paths, string ModelFolder, string Input, string Output, IReadOnlyList<Fold> Folds, string Checkpoint, double StepSize, bool Mirroring, bool SkipExisting,
    string Device) : Job(Paths)
{
    /// <summary>Of the cases whose output exists, those are left alone only where it is newer than the model and their images.</summary>
    public bool SkipNewerOnly { get; init; }

    /// <summary>Also write probabilities (.npz) and properties (.pkl).</summary>
    public bool Probabilities { get; init; }

    /// <summary>Folder of the label maps of the stage before; null where the configuration has none.</summary>
    public string? PreviousStage { get; init; }

    /// <summary>Which part of the cases, from 0.</summary>
    public int Part { get; init; }

    /// <summary>Of how many.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>Cases read at once at most; 0 leaves it to the node.</summary>
    public int Loaders { get; init; }

    /// <summary>Cases written at once at most; 0 leaves it to the node.</summary>
    public int Exporters { get; init; }

    /// <summary>In which numbers tiles are summed.</summary>
    public SumPrecision Sums { get; init; }

    /// <summary>In which numbers the network computes.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether sums lie in the device's memory where it has its own.</summary>
    public bool SumOnDevice { get; init; } = true;
}

/// <summary>Draws image, reference and prediction side by side into a PNG.</summary>
public sealed record OverlayJob(DatasetPaths Paths, string Image, string Reference, string Prediction, string Output) : Job(Paths);

/// <summary>Makes the seeded phantom data set of the demo.</summary>
public sealed record PhantomJob(DatasetPaths Paths, string Dataset, int TrainingCases, int TestCases, ulong Seed) : Job(Paths);

/// <summary>What a job gave. One is sent for each job that ended well or in part.</summary>
public abstract record JobResult;

/// <summary>The fingerprint is written.</summary>
public sealed record FingerprintResult(string File, int Cases, bool AlreadyThere) : JobResult;

/// <summary>The plans are written.</summary>
public sealed record PlanResult(string File, string PlansName, IReadOnlyList<string> Configurations) : JobResult
{
    /// <summary>Of each configuration that is a second stage, the first.</summary>
    public IReadOnlyDictionary<string, string> PreviousStages { get; init; } = new Dictionary<string, string>();
}

/// <summary>A case that was given up after its tries, with the last cause.</summary>
public sealed record QuarantinedCase(CaseId Case, string Stage, int Tries, string Cause, FaultKind? Kind);

/// <summary>The configurations are preprocessed, except what is quarantined.</summary>
/// <param name="Folders">Of the configurations.</param>
/// <param name="Done">Cases that are there.</param>
/// <param name="Kept">Those of them that were there before and were left as they were.</param>
/// <param name="Quarantined">Cases given up.</param>
public sealed record PreprocessResult(IReadOnlyList<string> Folders, int Done, int Kept, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;

/// <summary>The fold is trained and validated.</summary>
/// <param name="Folder"><c>.../fold_0</c>.</param>
/// <param name="Epochs">Trained altogether.</param>
/// <param name="LastEpoch">The last epoch's record.</param>
/// <param name="ValidationDice">Mean over the fold's validation cases by class name.</param>
/// <param name="MeanDice">Mean over the foreground classes.</param>
/// <param name="Quarantined">Cases that training had to do without, and validation cases that could not be scored.</param>
public sealed record TrainResult(
    string Folder, int Epochs, EpochRecord? LastEpoch, IReadOnlyDictionary<string, double> ValidationDice, double MeanDice, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;

/// <summary>The label maps are written, except what is quarantined.</summary>
public sealed record PredictResult(string Folder, int Done, int Skipped, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;

/// <summary>A file is written.</summary>
public sealed record FileResult(string File) : JobResult;

/// <summary>What the edge is told while a job runs.</summary>
public abstract record JobEvent;

/// <summary>How far a stage is.</summary>
public sealed record JobProgress(string Stage, int Done, int Total, string? Detail = null) : JobEvent;

/// <summary>Something the user should know and need not act on at once.</summary>
public record JobWarning(string Text) : JobEvent;

/// <summary>A warning of which a run's history keeps more than the words.</summary>
public sealed record RunDecision(RunEvent Event, string Text) : JobWarning(Text);

/// <summary>Something a run's history keeps and nobody needs to be told of at once.</summary>
public sealed record RunNews(RunEvent Event) : JobEvent;

/// <summary>How a stage was set up, where that is not seen from the command.</summary>
public sealed record JobNote(string Text) : JobEvent;

/// <summary>A training goes on from a checkpoint.</summary>
public sealed record TrainingResumed(int Epoch, int Iteration, string Checkpoint) : JobEvent;

/// <summary>A new training begins with another's weights.</summary>
/// <param name="Taken">Tensors that are that file's.</param>
/// <param name="Kept">Tensors of the heads, which begin at random.</param>
/// <param name="File">Where they are from.</param>
public sealed record TrainingPretrained(int Taken, int Kept, string File) : JobEvent;

/// <summary>A training epoch ended.</summary>
/// <param name="Record">Its figures.</param>
/// <param name="Epochs">Altogether.</param>
/// <param name="Cost">Where its time went.</param>
public sealed record TrainingEpochEnded(EpochRecord Record, int Epochs, EpochCost Cost) : JobEvent;
