using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Working memory of one build: what is given back is used again, so that after the first samples nothing is asked of the system any more. Native, in large
/// pages where the system grants them: resampling jumps about in it. Used by one thread at a time; holds about as much as was out at once at most.
/// </summary>
internal sealed class Workspace : IDisposable
{
    private readonly List<Block> _free = [];

    /// <summary>Memory of this many elements, which hold whatever its last user left.</summary>
    public Loan<T> Take<T>(long length) where T : unmanaged
    {
        var bytes = checked(length * Marshal.SizeOf<T>());
        var fits = _free.Where(b => b.Bytes >= bytes).MinBy(b => b.Bytes);
        if (fits is null)
        {
            // Growing: the largest that does not do makes room for one that does.
            if (_free.MaxBy(b => b.Bytes) is { } small)
            {
                _free.Remove(small);
                small.Dispose();
            }

            fits = new Block(Math.Max(bytes, 1));
        }
        else _free.Remove(fits);

        return new Loan<T>(this, fits, checked((int)length));
    }

    /// <summary>Bytes that lie ready.</summary>
    public long Held => _free.Sum(b => b.Bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var block in _free) block.Dispose();
        _free.Clear();
    }

    /// <summary>Memory until it is disposed.</summary>
    internal readonly unsafe ref struct Loan<T>(Workspace owner, Block block, int length) where T : unmanaged
    {
        /// <summary>Exactly the length that was asked for.</summary>
        public Span<T> Span => new(block.Start, length);

        /// <summary>The first element.</summary>
        public T* Start => (T*)block.Start;

        /// <summary>Gives it back.</summary>
        public void Dispose() => owner._free.Add(block);
    }

    internal sealed unsafe class Block : IDisposable
    {
        private void* _start;

        public Block(long bytes)
        {
            Bytes = bytes;
            _start = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            LargeArray.Advise(_start, bytes);
        }

        ~Block() => Free();

        public long Bytes { get; }

        public void* Start => _start;

        public void Dispose()
        {
            Free();
            GC.SuppressFinalize(this);
        }

        private void Free()
        {
            NativeMemory.AlignedFree(_start);
            _start = null;
        }
    }
}
