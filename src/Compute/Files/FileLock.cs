namespace ActorSeg.Compute.Files;

/// <summary>
/// Who may write an artefact, among all processes that see its folder: the lock is the operating system's on a file beside it, so that it falls with the
/// process that held it. The file goes when the lock is given back.
/// </summary>
public sealed class FileLock : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private readonly string _path;
    private readonly FileStream _file;
    private int _isReleased;

    private FileLock(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>Waits until the lock is free, and takes it.</summary>
    /// <param name="path">The lock's own file; its folder is made when missing.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public static FileLock Acquire(string path, CancellationToken stop)
    {
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            if (TryAcquire(path) is { } mine) return mine;
            stop.WaitHandle.WaitOne(Poll);
        }
    }

    /// <summary>Takes the lock, or gives null where another holds it.</summary>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static FileLock? TryAcquire(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException)
        {
            return null;
        }

        if (IsStillAt(file, path)) return new FileLock(path, file);
        file.Dispose();
        return null;
    }

    /// <summary>
    /// Whether a living process holds the lock; looks without taking it. False where the file system keeps no locks, whoever has the file open: whoever holds a
    /// lock can find that out.
    /// </summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            return false;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Gives the lock back; more than once is once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 1) return;
        // Before it is let go of: whoever has opened this very file finds that it is none any more.
        File.Delete(_path);
        _file.Dispose();
    }

    // The file may have been removed by its last holder between our opening and locking it, and another made since. A time drawn at random tells them apart.
    private static bool IsStillAt(FileStream file, string path)
    {
        var token = DateTime.UnixEpoch.AddSeconds(Random.Shared.Next());
        File.SetLastWriteTimeUtc(file.SafeFileHandle, token);
        return File.GetLastWriteTimeUtc(path) == token;
    }
}
