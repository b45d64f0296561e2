using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>Looks for logits that are no finite number. The reference looks for infinity alone, and lets NaN through as background (spec 07, trap 11).</summary>
internal static class FiniteLogits
{
    private const ushort Exponent = 0x7C00;

    /// <summary>Throws where there is one.</summary>
    /// <param name="logits">Of one fold.</param>
    /// <param name="sums">In which numbers its tiles were summed.</param>
    /// <param name="source">The checkpoint, for messages.</param>
    /// <exception cref="ResourceException">A sum left the range of half precision.</exception>
    /// <exception cref="DataException">The network's outputs are not numbers, or out of range by themselves.</exception>
    public static void Require(Logits logits, SumPrecision sums, string source)
    {
        for (var head = 0; head < logits.Heads; head++)
        {
            var values = logits.Head(head);
            if (!HasSpecial(MemoryMarshal.Cast<Half, ushort>(values))) continue;
            foreach (var value in values)
                if (Half.IsNaN(value))
                    throw new DataException(source, "gives outputs that are not numbers (NaN) for this image", "look at the image's values; if they are in order, the training diverged: use another checkpoint");
            throw sums == SumPrecision.Fp16
                ? new ResourceException("the sum of the tiles' logits left the range of half precision (65504); give --accumulate fp32")
                : new DataException(source, "gives outputs above 65504 for this image", "the training diverged: use another checkpoint");
        }
    }

    private static bool HasSpecial(ReadOnlySpan<ushort> bits)
    {
        var mask = new Vector<ushort>(Exponent);
        var blocks = MemoryMarshal.Cast<ushort, Vector<ushort>>(bits);
        foreach (var block in blocks)
            if (Vector.EqualsAny(block & mask, mask))
                return true;
        foreach (var value in bits[(blocks.Length * Vector<ushort>.Count)..])
            if ((value & Exponent) == Exponent)
                return true;
        return false;
    }
}
