namespace ActorSeg.Actors.Runs;

/// <summary>What lies in a fold's folder beside nnU-Net's files: it moves with them, and is the business of the one process that owns the run.</summary>
/// <param name="Path"><c>.../fold_0</c>.</param>
public sealed record RunFolder(string Path)
{
    /// <summary>The folder of our own files.</summary>
    public string Own => System.IO.Path.Combine(Path, ".actorseg");

    /// <summary>Held as long as a process owns the run.</summary>
    public string Lock => System.IO.Path.Combine(Own, "lock");

    /// <summary>The last owner (<see cref="RunOwner"/>).</summary>
    public string Owner => System.IO.Path.Combine(Own, "owner.json");

    /// <summary>The run's history (<see cref="JournalFile"/>).</summary>
    public string Journal => System.IO.Path.Combine(Own, "journal.db");

    /// <summary>How far its owner is (<see cref="RunProgress"/>).</summary>
    public string Progress => System.IO.Path.Combine(Own, "progress.json");
}
