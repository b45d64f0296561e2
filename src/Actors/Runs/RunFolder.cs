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

    /// <summary>Where an owner takes commands (<see cref="ControlSocket"/>): a name of its own, so that one that ends never removes its successor's.</summary>
    public string Control(RunOwner owner) => System.IO.Path.Combine(Own, $"{ControlPrefix}{owner.Id[..Math.Min(owner.Id.Length, 8)]}{ControlEnding}");

    /// <summary>Sockets of owners, living or dead.</summary>
    public IEnumerable<string> Controls => Directory.EnumerateFileSystemEntries(Own, $"{ControlPrefix}*{ControlEnding}");

    private const string ControlPrefix = "control-", ControlEnding = ".sock";
}
