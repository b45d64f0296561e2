using System.Collections.Concurrent;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Keeps every case that was asked for open, so that its properties are parsed once. Thread-safe. The cases are mappings of files: they are let go
/// of when the last user has left, never under one that is still reading.
/// </summary>
internal sealed class OpenCases(ICaseStore store) : IDisposable
{
    private readonly ConcurrentDictionary<CaseId, Lazy<IStoredCase>> _open = new();
    private readonly Lock _lock = new();
    private int _users;
    private bool _closed;

    /// <summary>Begins a use; dispose it when nothing is read any more.</summary>
    /// <exception cref="ObjectDisposedException">The cases have been let go of.</exception>
    public Use Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _users++;
        }

        return new Use(this);
    }

    /// <summary>Lets go of the cases, now or when the last user leaves; there are no new users from here on.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_closed) return;
            _closed = true;
            if (_users > 0) return;
        }

        LetGo();
    }

    private IStoredCase Open(CaseId id)
    {
        var opening = _open.GetOrAdd(id, asked => new Lazy<IStoredCase>(() => store.Open(asked)));
        try
        {
            return opening.Value;
        }
        catch
        {
            // A failure is not remembered: the file may be there the next time.
            _open.TryRemove(new KeyValuePair<CaseId, Lazy<IStoredCase>>(id, opening));
            throw;
        }
    }

    private void Leave()
    {
        lock (_lock)
            if (--_users > 0 || !_closed)
                return;
        LetGo();
    }

    private void LetGo()
    {
        foreach (var stored in _open.Values)
            if (stored.IsValueCreated)
                stored.Value.Dispose();
    }

    /// <summary>A stretch of time in which the cases stay open.</summary>
    public readonly struct Use(OpenCases cases) : IDisposable
    {
        /// <summary>The case, opened at its first use.</summary>
        public IStoredCase this[CaseId id] => cases.Open(id);

        /// <inheritdoc/>
        public void Dispose() => cases.Leave();
    }
}
