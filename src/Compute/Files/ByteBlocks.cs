using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Files;

/// <summary>Walks over values as blocks of bytes, because an array may have more bytes than one span can count.</summary>
internal ref struct ByteBlocks<T>(ReadOnlySpan<T> values) where T : unmanaged
{
    private const int BlockBytes = 1 << 18;
    private ReadOnlySpan<T> _left = values;

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly ByteBlocks<T> GetEnumerator() => this;

    public bool MoveNext()
    {
        var count = Math.Min(_left.Length, BlockBytes / Unsafe.SizeOf<T>());
        Current = MemoryMarshal.AsBytes(_left[..count]);
        _left = _left[count..];
        return count > 0;
    }
}

/// <summary>Makes <see cref="ByteBlocks{T}"/>.</summary>
internal static class ByteBlocks
{
    /// <summary>The values' bytes as they lie in memory, at most 256 KiB at a time.</summary>
    public static ByteBlocks<T> Blocks<T>(this ReadOnlySpan<T> values) where T : unmanaged => new(values);
}
