namespace ActorSeg.Compute.Checkpoints;

/// <summary>The checkpoint files of a fold's folder. The first, second and fourth are nnU-Net's names.</summary>
public static class CheckpointSet
{
    /// <summary>Written at the end of training.</summary>
    public const string Final = "checkpoint_final.pth";

    /// <summary>The newest generation of an unfinished training.</summary>
    public const string Latest = "checkpoint_latest.pth";

    /// <summary>The generation before <see cref="Latest"/>.</summary>
    public const string Previous = "checkpoint_latest.previous.pth";

    /// <summary>The best moving average of the pseudo Dice.</summary>
    public const string Best = "checkpoint_best.pth";

    /// <summary>The order in which a training looks for where to go on: nnU-Net's (spec 05 section 9.6), with the older generation behind the newer.</summary>
    public static IReadOnlyList<string> SearchOrder { get; } = [Final, Latest, Previous, Best];
}

/// <summary>Where a training can go on.</summary>
/// <param name="Path">The file chosen; null when none is readable.</param>
/// <param name="Checkpoint">Its content.</param>
/// <param name="Refused">Files that exist and come before it, with the reason why they are not used.</param>
public sealed record CheckpointChoice(string? Path, Checkpoint? Checkpoint, IReadOnlyList<(string Path, string Why)> Refused);
