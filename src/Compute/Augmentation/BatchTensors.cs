using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// The tensors of batches, which go from one that is done with to one that is to come. Allocated anew for each they would lie wherever a training step that is under way
/// leaves room, and keep apart what its large tensors are made of the next time: a process that grows for hours. Holds as many as there were batches at a time. Thread-safe.
/// </summary>
/// <param name="make">New tensors of a batch: data, then targets.</param>
internal sealed class BatchTensors(Func<Tensor[]> make) : IDisposable
{
    private readonly Stack<Tensor[]> _idle = [];
    private readonly Lock _lock = new();
    private bool _closed;

    /// <summary>A batch of tensors whose content is undefined; they come back when it is disposed.</summary>
    public Batch Take(BatchKey key, IReadOnlyList<CaseId> cases)
    {
        Tensor[]? tensors;
        lock (_lock) _idle.TryPop(out tensors);
        return new Lent(this, tensors ?? make(), key, cases);
    }

    /// <summary>Those that are out are disposed as they come back.</summary>
    public void Dispose()
    {
        lock (_lock) _closed = true;
        foreach (var tensors in _idle) Let(tensors);
        _idle.Clear();
    }

    private void Return(Tensor[] tensors)
    {
        lock (_lock)
            if (!_closed)
            {
                _idle.Push(tensors);
                return;
            }

        Let(tensors);
    }

    private static void Let(Tensor[] tensors)
    {
        foreach (var tensor in tensors) tensor.Dispose();
    }

    private sealed class Lent(BatchTensors owner, Tensor[] tensors, BatchKey key, IReadOnlyList<CaseId> cases) : Batch(key, tensors[0], tensors[1..], cases)
    {
        private int _returned;

        public override void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0) owner.Return(tensors);
        }
    }
}
