namespace ActorSeg.Compute.Planning;

/// <summary>How many values a network's convolutions put out for one sample: the planner's measure of memory (spec 04 section 7).</summary>
public static class FeatureMaps
{
    /// <summary>The count of a network; divisions round down, as its strides do for patches that they divide.</summary>
    /// <param name="spec">Of the plans.</param>
    /// <param name="heads">Classes or regions.</param>
    /// <param name="patch">Voxels an axis, as many axes as the network has.</param>
    /// <param name="deepSupervision">Whether every decoder stage has its segmentation layer evaluated, or the last alone.</param>
    /// <exception cref="ArgumentException">The patch has another number of axes.</exception>
    public static long Count(ArchitectureSpec spec, int heads, IReadOnlyList<int> patch, bool deepSupervision)
    {
        if (patch.Count != spec.Dimensions) throw new ArgumentException($"a patch of {patch.Count} axes for a network of {spec.Dimensions}", nameof(patch));
        var voxels = Voxels(spec, patch);
        var total = spec.Residual ? Product(spec.StemChannels ?? spec.FeaturesPerStage[0], patch.Aggregate(1L, (a, b) => checked(a * b))) : 0;
        for (var s = 0; s < spec.Stages; s++) total = checked(total + Product(EncoderMaps(spec, s), voxels[s]));
        for (var s = 0; s < spec.Stages - 1; s++)
        {
            // Its convolutions and the transposed one in front of them; the lowest decoder stage comes first in the list.
            var maps = (long)spec.FeaturesPerStage[s] * (spec.DecoderCounts[spec.Stages - 2 - s] + 1);
            total = checked(total + Product(maps + (deepSupervision || s == 0 ? heads : 0), voxels[s]));
        }

        return total;
    }

    // Voxels left after each stage's stride.
    private static long[] Voxels(ArchitectureSpec spec, IReadOnlyList<int> patch)
    {
        var size = patch.Select(n => (long)n).ToArray();
        return [.. spec.Strides.Select(stride =>
        {
            for (var axis = 0; axis < size.Length; axis++) size[axis] /= stride[axis];
            return size.Aggregate(1L, (a, b) => checked(a * b));
        })];
    }

    private static long EncoderMaps(ArchitectureSpec spec, int stage)
    {
        long features = spec.FeaturesPerStage[stage];
        if (!spec.Residual) return features * spec.EncoderCounts[stage];
        var before = stage > 0 ? spec.FeaturesPerStage[stage - 1] : spec.StemChannels ?? features;
        // Two convolutions a block; the first block's skip is counted where it changes anything, also when it only pools.
        var skips = before != features || spec.Strides[stage].Any(n => n != 1);
        return (2 * features * spec.EncoderCounts[stage]) + (skips ? features : 0);
    }

    private static long Product(long maps, long voxels) => checked(maps * voxels);
}
