namespace ActorSeg.Compute.Files;

/// <summary>
/// A folder that appears whole or not at all: its files are made in a folder beside its place, which takes the place when all are there. One process at a
/// time makes a folder; what a killed one left is removed by the next.
/// </summary>
public sealed class WholeFolder : IDisposable
{
    private readonly FileLock _lock;
    private bool _isDone;

    private WholeFolder(string target, string making, FileLock @lock) => (Target, Making, _lock) = (target, making, @lock);

    /// <summary>Where the folder will be.</summary>
    public string Target { get; }

    /// <summary>Where its files are made.</summary>
    public string Making { get; }

    /// <summary>Begins with an empty folder beside the target; the target stays as it is.</summary>
    /// <exception cref="ResourceException">Another process is making this folder.</exception>
    public static WholeFolder Begin(string target)
    {
        target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        var (parent, name) = (Path.GetDirectoryName(target)!, Path.GetFileName(target));
        var mine = FileLock.TryAcquire(Path.Combine(parent, $".making-{name}.lock"))
            ?? throw new ResourceException($"{target} is being made by another process; wait for it to end");
        try
        {
            foreach (var left in Directory.GetDirectories(parent, $".making-{name}-*")) Directory.Delete(left, recursive: true);
            return new WholeFolder(target, Directory.CreateDirectory(Path.Combine(parent, $".making-{name}-{Guid.NewGuid():N}")).FullName, mine);
        }
        catch
        {
            mine.Dispose();
            throw;
        }
    }

    /// <summary>Puts the folder in its place; one that was there is removed.</summary>
    public void Finish()
    {
        var old = $"{Making}-old";
        if (Directory.Exists(Target)) Directory.Move(Target, old);
        Directory.Move(Making, Target);
        DurableFile.FlushFolder(Path.GetDirectoryName(Target)!);
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
        Dispose();
    }

    /// <summary>Gives up what is not finished; more than once is once.</summary>
    public void Dispose()
    {
        if (_isDone) return;
        _isDone = true;
        if (Directory.Exists(Making)) Directory.Delete(Making, recursive: true);
        _lock.Dispose();
    }
}
