using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Fingerprinting;

/// <summary>
/// The sum of float32 numbers as numpy makes it: pairwise within blocks of 8192, one block after the other, all in float32. nnU-Net's mean and
/// standard deviation carry that rounding, up to 1e-5 of them, into plans; so it is part of their definition. A sum can be made in parts.
/// </summary>
/// <param name="offset">Where this part begins in the whole.</param>
internal sealed class BlockedSum(long offset)
{
    /// <summary>Numbers a block.</summary>
    public const int Block = 8192;

    private readonly List<float> _blocks = [];
    private readonly float[] _partial = new float[Block];

    // The numbers before the first whole block, which belongs to the part before; its last block is not whole either.
    private float[] _head = [];
    private bool _headDone = offset % Block == 0;
    private int _filled;

    private int HeadWanted => (int)(Block - (offset % Block));

    /// <summary>The sum of all parts in their order.</summary>
    public static float Total(IEnumerable<BlockedSum> parts)
    {
        var (sum, pending, filled) = (0f, new float[Block], 0);
        foreach (var part in parts)
        {
            Take(part._headDone ? part._head : part._partial.AsSpan(0, part._filled));
            if (!part._headDone) continue;
            foreach (var block in part._blocks) sum += block;
            Take(part._partial.AsSpan(0, part._filled));
        }

        return filled == 0 ? sum : sum + Pairwise(pending.AsSpan(0, filled));

        void Take(ReadOnlySpan<float> numbers)
        {
            numbers.CopyTo(pending.AsSpan(filled));
            filled += numbers.Length;
            if (filled < Block) return;
            sum += Pairwise(pending);
            filled = 0;
        }
    }

    /// <summary>The next numbers of this part.</summary>
    public void Add(ReadOnlySpan<float> numbers)
    {
        while (!numbers.IsEmpty)
        {
            var wanted = (_headDone ? Block : HeadWanted) - _filled;
            if (_headDone && _filled == 0 && numbers.Length >= Block)
            {
                _blocks.Add(Pairwise(numbers[..Block]));
                numbers = numbers[Block..];
                continue;
            }

            var taken = Math.Min(wanted, numbers.Length);
            numbers[..taken].CopyTo(_partial.AsSpan(_filled));
            numbers = numbers[taken..];
            _filled += taken;
            if (taken < wanted) continue;
            if (_headDone) _blocks.Add(Pairwise(_partial));
            else (_head, _headDone) = (_partial[.._filled], true);
            _filled = 0;
        }
    }

    /// <summary>numpy's pairwise sum: halves down to 128 numbers, which go into eight lanes.</summary>
    public static float Pairwise(ReadOnlySpan<float> values)
    {
        if (values.Length > 128)
        {
            var half = values.Length / 2;
            half -= half % 8;
            return Pairwise(values[..half]) + Pairwise(values[half..]);
        }

        var lanes = Vector256<float>.Zero;
        foreach (var eight in MemoryMarshal.Cast<float, Vector256<float>>(values)) lanes += eight;
        var sum = (lanes[0] + lanes[1] + (lanes[2] + lanes[3])) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]));
        foreach (var value in values[(values.Length & ~7)..]) sum += value;
        return sum;
    }

    /// <summary>The numbers minus <paramref name="mean"/>, squared, each step rounded to float32.</summary>
    public static void SquareDeviations(Span<float> values, float mean)
    {
        var centre = new Vector<float>(mean);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (ref var v in vectors)
        {
            var d = v - centre;
            v = d * d;
        }

        foreach (ref var value in values[(vectors.Length * Vector<float>.Count)..]) value = (value - mean) * (value - mean);
    }
}
