using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Keeps cases open between reads, so that their properties are not parsed for every patch; those not read for longest are let go of once
/// <paramref name="budget"/> is exceeded. Thread-safe. A case is never let go of under one that is still reading, so that what is held may exceed the
/// budget by the cases being read.
/// </summary>
/// <param name="store">Where they are opened.</param>
/// <param name="budget">Bytes; each case counts as if it were in memory, which compressed ones are.</param>
internal sealed class OpenCases(ICaseStore store, long budget) : IDisposable
{
    private readonly Dictionary<CaseId, Entry> _entries = [];
    private readonly Lock _lock = new();
    private long _held, _clock;
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

    private static long BytesOf(IStoredCase stored) =>
        (stored.Shape.Voxels * ((stored.Channels * sizeof(float)) + (sizeof(short) * (stored.HasPreviousLabels ? 2 : 1))))
        + (sizeof(int) * (stored.Properties.ClassLocations?.Entries.Sum(e => e.Positions.LongLength) ?? 0));

    private Loan Borrow(CaseId id)
    {
        Entry? entry;
        lock (_lock)
        {
            if (!_entries.TryGetValue(id, out entry)) _entries.Add(id, entry = new Entry(new Lazy<IStoredCase>(() => store.Open(id))));
            entry.Readers++;
        }

        try
        {
            // Outside the lock: opening takes long, and only those who want this very case need wait for it.
            var stored = entry.Opening.Value;
            lock (_lock)
                if (entry.Bytes == 0)
                    _held += entry.Bytes = BytesOf(stored);
            return new Loan(this, entry);
        }
        catch
        {
            // A failure is not remembered: the file may be there the next time.
            lock (_lock)
                if (_entries.TryGetValue(id, out var current) && current == entry)
                    _entries.Remove(id);
            throw;
        }
    }

    private void Return(Entry entry)
    {
        List<IStoredCase> surplus = [];
        lock (_lock)
        {
            entry.Readers--;
            entry.LastRead = ++_clock;
            if (entry.Forgotten && entry.Readers == 0) surplus.Add(entry.Opening.Value);
            while (_held > budget && Oldest() is { } oldest)
            {
                _entries.Remove(oldest.Key);
                _held -= oldest.Value.Bytes;
                surplus.Add(oldest.Value.Opening.Value);
            }
        }

        foreach (var stored in surplus) stored.Dispose();
    }

    private void Forget(Entry entry)
    {
        lock (_lock)
        {
            if (entry.Forgotten) return;
            entry.Forgotten = true;
            _held -= entry.Bytes;
            _entries.Remove(_entries.First(pair => pair.Value == entry).Key);
        }
    }

    // An entry that nobody reads has been opened: its first reader did that, or removed it.
    private KeyValuePair<CaseId, Entry>? Oldest()
    {
        KeyValuePair<CaseId, Entry>? oldest = null;
        foreach (var pair in _entries)
            if (pair.Value.Readers == 0 && (oldest is not { } o || pair.Value.LastRead < o.Value.LastRead))
                oldest = pair;
        return oldest;
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
        foreach (var entry in _entries.Values) entry.Opening.Value.Dispose();
    }

    /// <summary>A stretch of time in which there are cases to borrow.</summary>
    public readonly struct Use(OpenCases cases) : IDisposable
    {
        /// <summary>The case, opened if it is not; dispose the loan when it has been read.</summary>
        public Loan Borrow(CaseId id) => cases.Borrow(id);

        /// <inheritdoc/>
        public void Dispose() => cases.Leave();
    }

    /// <summary>A case that stays open until this is disposed.</summary>
    public readonly struct Loan(OpenCases cases, Entry entry) : IDisposable
    {
        /// <summary>The case.</summary>
        public IStoredCase Case => entry.Opening.Value;

        /// <summary>It could not be read: whoever wants the case next opens it anew, which verifies it and may repair it.</summary>
        public void Forget() => cases.Forget(entry);

        /// <inheritdoc/>
        public void Dispose() => cases.Return(entry);
    }

    /// <summary>A case and who reads it; guarded by the lock.</summary>
    internal sealed class Entry(Lazy<IStoredCase> opening)
    {
        public Lazy<IStoredCase> Opening { get; } = opening;

        public int Readers { get; set; }

        public long Bytes { get; set; }

        public long LastRead { get; set; }

        /// <summary>Not among the entries any more; let go of by its last reader.</summary>
        public bool Forgotten { get; set; }
    }
}
