using ActorSeg.Actors.Training;

namespace ActorSeg.Actors.Runs;

/// <summary>What a run is doing.</summary>
public enum RunState
{
    /// <summary>A living process owns it.</summary>
    Running,

    /// <summary>A living process owns it and holds between two iterations, as it was told to.</summary>
    Paused,

    /// <summary>Trained and validated.</summary>
    Finished,

    /// <summary>Stopped as asked; the same command goes on.</summary>
    Stopped,

    /// <summary>Ended with a failure.</summary>
    Failed,

    /// <summary>Its process was killed; the same command goes on.</summary>
    Interrupted,

    /// <summary>There is a checkpoint and nothing that tells what became of the run, as in nnU-Net's folders.</summary>
    Unknown,
}

/// <summary>Which run a folder is of, as far as its path says.</summary>
/// <param name="Dataset">Full name.</param>
/// <param name="Trainer">Trainer class name.</param>
/// <param name="Plans">Name of the plans.</param>
/// <param name="Configuration">Such as <c>3d_fullres</c>.</param>
/// <param name="Fold">A number or <c>all</c>.</param>
public sealed record RunName(string Dataset, string Trainer, string Plans, string Configuration, string Fold)
{
    private const string FoldPrefix = "fold_", Between = "__";

    /// <summary>The name of <c>.../Dataset004_X/nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0</c>; null of another path.</summary>
    public static RunName? Of(string foldFolder)
    {
        var model = Path.GetDirectoryName(foldFolder);
        var (fold, parts, dataset) = (Path.GetFileName(foldFolder), Path.GetFileName(model)?.Split(Between), Path.GetFileName(Path.GetDirectoryName(model)));
        return fold.StartsWith(FoldPrefix, StringComparison.Ordinal) && parts is [var trainer, var plans, var configuration] && dataset is { Length: > 0 }
            ? new RunName(dataset, trainer, plans, configuration, fold[FoldPrefix.Length..])
            : null;
    }
}

/// <summary>Where a run stands.</summary>
/// <param name="Folder"><c>.../fold_0</c>.</param>
/// <param name="Name">As its path says; null of a path that says nothing.</param>
/// <param name="State">What it is doing.</param>
public sealed record RunSummary(string Folder, RunName? Name, RunState State)
{
    /// <summary>The process that owns it, or owned it last; null when none is known.</summary>
    public RunOwner? Owner { get; init; }

    /// <summary>What it was last begun with; null without a history.</summary>
    public RunStarted? Started { get; init; }

    /// <summary>The last epoch that is trained and scored; null when there is none.</summary>
    public EpochEnded? LastEpoch { get; init; }

    /// <summary>Where the same command goes on: epoch and iteration of the newest checkpoint whose head can be read.</summary>
    public (int Epoch, int Iteration)? Checkpoint { get; init; }

    /// <summary>How far the owner is; null unless it runs.</summary>
    public RunProgress? Progress { get; init; }

    /// <summary>Epoch and iteration of the next step: while it trains as its owner last told, else where the same command goes on.</summary>
    public (int Epoch, int Iteration)? Position =>
        Progress is { Stage: TrainingRun.Stage, Done: var done } && Started is { IterationsPerEpoch: > 0 and var n } ? (done / n, done % n) : Checkpoint;

    /// <summary>Planned altogether, as last told; null when nothing tells.</summary>
    public int? Epochs { get => field ?? Started?.Epochs ?? LastEpoch?.Epochs; init; }

    /// <summary>The validation's figures; null before it ended.</summary>
    public RunFinished? Result { get; init; }

    /// <summary>Why it failed, or where it stopped.</summary>
    public string? Why { get; init; }

    /// <summary>When it was last heard of.</summary>
    public DateTimeOffset? Heard { get; init; }

    /// <summary>Why part of this is missing; null when the journal could be read.</summary>
    public string? Problem { get; init; }

    /// <summary>The whole history, where it was asked for.</summary>
    public IReadOnlyList<Recorded> History { get; init; } = [];
}
