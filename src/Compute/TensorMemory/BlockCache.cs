namespace ActorSeg.Compute.TensorMemory;

/// <summary>
/// Large blocks of memory that are used again. A training step asks for the same gigabytes as the one before, and what the kernel hands out it has to clear first:
/// given back and asked for anew, that was a quarter of a step's time. Blocks in use and idle ones together stay within a quarter more than was ever in use at once:
/// beyond, the block that has been idle longest goes. For any number of threads.
/// </summary>
internal sealed class BlockCache(IPageSource pages)
{
    private const nuint Grain = 64 << 10;

    // A step's sizes do not all recur in the order in which blocks become free; with no room to spare a third of them would be cleared again.
    private const int Spare = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<nint, nuint> _used = [];
    private readonly List<(nint Address, nuint Bytes)> _idle = [];
    private nuint _usedBytes, _idleBytes, _mostUsed;

    /// <summary>Bytes in use and bytes idle.</summary>
    public (long Used, long Idle) Bytes
    {
        get
        {
            lock (_gate) return ((long)_usedBytes, (long)_idleBytes);
        }
    }

    /// <summary>A block of at least so many bytes, of any content; 0 where the system has none left.</summary>
    public nint Take(nuint bytes)
    {
        var wanted = (bytes + Grain - 1) & ~(Grain - 1);
        lock (_gate)
        {
            var (address, size) = TakeIdle(wanted);
            if (address == 0)
            {
                var most = Math.Max(_mostUsed, _usedBytes + wanted);
                DropIdle(downTo: most + (most / Spare) - _usedBytes - wanted);
                address = pages.Map(wanted);
                if (address == 0)
                {
                    DropIdle(downTo: 0);
                    address = pages.Map(wanted);
                }

                if (address == 0) return 0;
                size = wanted;
            }

            _used.Add(address, size);
            _usedBytes += size;
            _mostUsed = Math.Max(_mostUsed, _usedBytes);
            return address;
        }
    }

    /// <summary>Takes a block back; says whether it is one of this cache's, and leaves it alone where it is not.</summary>
    public bool Return(nint address)
    {
        lock (_gate)
        {
            if (!_used.Remove(address, out var size)) return false;
            _idle.Add((address, size));
            (_usedBytes, _idleBytes) = (_usedBytes - size, _idleBytes + size);
            return true;
        }
    }

    /// <summary>Gives all idle blocks back to the system, and forgets how much was in use.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            DropIdle(downTo: 0);
            _mostUsed = _usedBytes;
        }
    }

    // The smallest that fits without wasting a quarter; of several the last used, which the processor may still hold.
    private (nint Address, nuint Bytes) TakeIdle(nuint wanted)
    {
        var best = -1;
        for (var i = _idle.Count - 1; i >= 0; i--)
            if (_idle[i].Bytes >= wanted && _idle[i].Bytes - wanted <= wanted / Spare && (best < 0 || _idle[i].Bytes < _idle[best].Bytes))
                best = i;
        if (best < 0) return (0, 0);
        var block = _idle[best];
        _idle.RemoveAt(best);
        _idleBytes -= block.Bytes;
        return block;
    }

    private void DropIdle(nuint downTo)
    {
        var count = 0;
        for (; count < _idle.Count && _idleBytes > downTo; count++)
        {
            pages.Unmap(_idle[count].Address, _idle[count].Bytes);
            _idleBytes -= _idle[count].Bytes;
        }

        _idle.RemoveRange(0, count);
    }
}
