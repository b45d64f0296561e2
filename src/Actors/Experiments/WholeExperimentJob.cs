using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Actors.Experiments;

/// <summary>
/// A whole experiment as one description: from a raw data set to the best model and what it predicts. What of it is done is found on disk, so that the same description goes
/// on wherever it was left.
/// </summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Configurations">To train; those the plans do not have are left out, and the first stage of a cascade is added.</param>
/// <param name="Folds">To train, each configuration on all of them.</param>
/// <param name="Device"><c>cpu</c> or <c>cuda</c>.</param>
public sealed record WholeExperimentJob(DatasetPaths Paths, string Dataset, IReadOnlyList<string> Configurations, IReadOnlyList<Fold> Folds, string Device) : Job(Paths)
{
    /// <summary>Trainer class name.</summary>
    public string Trainer { get; init; } = "nnUNetTrainer";

    /// <summary>Planner class name.</summary>
    public string Planner { get; init; } = "ExperimentPlanner";

    /// <summary>What the user changes of the planner's own values.</summary>
    public PlannerOptions Planning { get; init; } = new(null, null, SmallNetwork: false);

    /// <summary>Schedule and its shortenings for trials.</summary>
    public TrainingOverrides Options { get; init; } = new(null, null, null, null, null);

    /// <summary>Whether pairs of models are tried.</summary>
    public bool Ensembling { get; init; } = true;

    /// <summary>Folder of images to predict with the best model; null predicts none.</summary>
    public string? TestImages { get; init; }

    /// <summary>Folder of their references; null has none.</summary>
    public string? TestLabels { get; init; }

    /// <summary>Folder of the predictions; needed with <see cref="TestImages"/>.</summary>
    public string? Output { get; init; }

    /// <summary>Cases at once at most where they are preprocessed and scored; 0 leaves it to the node.</summary>
    public int Workers { get; init; }
}

/// <summary>The experiment is over.</summary>
/// <param name="Tasks">All there was to do, in order.</param>
/// <param name="Results">Of each task.</param>
public sealed record WholeExperimentResult(IReadOnlyList<ExperimentTask> Tasks, IReadOnlyList<JobResult> Results) : JobResult;

/// <summary>One of the tasks of a job that consists of jobs.</summary>
/// <param name="Name">Short: <c>train 3d_fullres fold 0</c>.</param>
/// <param name="Job">What it is.</param>
public sealed record ExperimentTask(string Name, Job Job);

/// <summary>A task begins.</summary>
/// <param name="Tasks">All that are known so far, in order; results may bring more.</param>
/// <param name="Results">Of those that are over; the one after them begins.</param>
public sealed record TaskBegun(IReadOnlyList<ExperimentTask> Tasks, IReadOnlyList<JobResult> Results) : JobEvent;
