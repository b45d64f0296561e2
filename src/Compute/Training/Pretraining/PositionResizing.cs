using System.Runtime.InteropServices;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Training.Pretraining;

/// <summary>Fits the learnt vectors of a transformer's places to another patch: trilinear between the tokens' centres.</summary>
internal static class PositionResizing
{
    /// <summary>Vectors (1, tokens of the new patch, width).</summary>
    /// <param name="positions">(1, tokens, width), tokens in row-major order.</param>
    /// <param name="hasClassToken">Whether the first belongs to no place and goes.</param>
    /// <param name="from">Voxels an axis of the patch they were learnt with.</param>
    /// <param name="to">Voxels an axis of the new patch.</param>
    /// <param name="source">The file they are from, for messages.</param>
    /// <exception cref="DataException">There are not as many as the patch has tokens.</exception>
    public static NamedTensor Resize(NamedTensor positions, bool hasClassToken, IReadOnlyList<int> from, IReadOnlyList<int> to, string source)
    {
        var (before, after) = (Grid(from), Grid(to));
        var tokens = before.Aggregate(1L, (product, n) => product * n);
        var first = hasClassToken ? 1 : 0;
        if (positions.Shape.Count != 3 || before.Length != 3 || after.Length != 3 || positions.Shape[0] != 1 || positions.Shape[1] != tokens + first
            || positions.Values.LongLength != (tokens + first) * positions.Shape[2])
            throw new DataException(
                source, $"has '{positions.Name}' of shape ({string.Join(", ", positions.Shape)}), where a patch of ({string.Join(", ", from)}) has {tokens} tokens",
                "give the patch that it was pretrained with as pt_used_patchsize");

        var width = positions.Shape[2];
        var values = positions.Values[(int)(first * width)..];
        return positions with
        {
            Shape = [1, after.Aggregate(1L, (product, n) => product * n), width],
            Values = before.SequenceEqual(after) ? values : Trilinear(values, before, after, width),
        };
    }

    private static long[] Grid(IReadOnlyList<int> patch) => [.. patch.Select(n => (long)n / PrimusSpec.TokenSize)];

    private static float[] Trilinear(float[] values, long[] before, long[] after, long width)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var volume = tensor(values, [1, .. before, width]).permute(0, 4, 1, 2, 3);
        var resized = nn.functional.interpolate(volume, after, mode: InterpolationMode.Trilinear, align_corners: false);
        return MemoryMarshal.Cast<byte, float>(resized.permute(0, 2, 3, 4, 1).contiguous().bytes).ToArray();
    }
}
