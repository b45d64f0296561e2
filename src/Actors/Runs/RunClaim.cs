using ActorSeg.Compute;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Runs;

/// <summary>Another process has taken the run over, so this one may not write to it any more.</summary>
public sealed class RunTakenOverException(string message) : ResourceException(message);

/// <summary>
/// The right to write to a fold's folder. Held by an operating system's lock, which falls with the process that held it; and where a file system keeps no locks,
/// by a token: each owner names itself with a higher one, and whoever finds another named there may not commit.
/// </summary>
public sealed class RunClaim : IDisposable
{
    // A look at the lock (FileLock.IsHeld) holds it for an instant, so that one refusal means nothing.
    private const int Tries = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly FileLock _lock;
    private bool _isReleased;

    private RunClaim(RunFolder folder, RunOwner owner, RunOwner? previous, FileLock held) => (Folder, Owner, Previous, _lock) = (folder, owner, previous, held);

    /// <summary>Whose.</summary>
    public RunFolder Folder { get; }

    /// <summary>This process.</summary>
    public RunOwner Owner { get; }

    /// <summary>Who had the run before; null when nobody is known.</summary>
    public RunOwner? Previous { get; }

    /// <summary>Takes a run, and removes what killed owners left half-written.</summary>
    /// <param name="foldFolder"><c>.../fold_0</c>; made when missing.</param>
    /// <param name="computing">See <see cref="RunOwner.Computing"/>.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ResourceException">Another process holds it, or the folder cannot be written to.</exception>
    public static RunClaim Take(string foldFolder, string computing, TimeProvider time)
    {
        var folder = new RunFolder(foldFolder);
        Directory.CreateDirectory(folder.Own);
        var held = Acquire(folder);
        try
        {
            foreach (var left in Directory.EnumerateFiles(foldFolder, "*.tmp-*", SearchOption.AllDirectories)) File.Delete(left);
            foreach (var left in folder.Controls) File.Delete(left);
            var previous = RunOwner.Read(folder);
            var owner = new RunOwner(
                (previous?.Token ?? 0) + 1, Guid.NewGuid().ToString("N"), Environment.MachineName, Environment.ProcessId, time.GetUtcNow(), computing,
                Locked: FileLock.IsHeld(folder.Lock));
            owner.Write(folder);
            return new RunClaim(folder, owner, previous, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Called before anything of the run takes its final name.</summary>
    /// <exception cref="RunTakenOverException">Another owner is named, or this one has given the run back.</exception>
    public void Require()
    {
        if (_isReleased) throw new RunTakenOverException($"{Folder.Path}: this process has given the run back, and may not write to it any more");
        var named = RunOwner.Read(Folder);
        // Removed by somebody who cleaned up: nobody else has taken the run.
        if (named is null) Owner.Write(Folder);
        else if (named.Id != Owner.Id)
            throw new RunTakenOverException($"{Folder.Path}: {named} has taken over this run, so that this process stops without writing; let one of them train it");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isReleased = true;
        _lock.Dispose();
    }

    private static FileLock Acquire(RunFolder folder)
    {
        for (var tried = 0; tried < Tries; tried++)
        {
            if (FileLock.TryAcquire(folder.Lock) is { } mine) return mine;
            Thread.Sleep(Pause);
        }

        if (!FileLock.IsHeld(folder.Lock))
            throw new ResourceException($"{folder.Lock}: the run's lock cannot be written; give a results folder that can be written to and has room");
        var owner = RunOwner.Read(folder)?.ToString() ?? "another process";
        throw new ResourceException($"{folder.Path}: {owner} is at this run; wait for it, or stop it with SIGTERM and give the command again");
    }
}
