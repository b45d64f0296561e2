namespace ActorSeg.Compute.Planning;

/// <summary>How a patch is pooled (spec 02 section 4.2). One entry a stage, one number an axis.</summary>
/// <param name="Strides">With which each stage begins; the first is all ones.</param>
/// <param name="Kernels">Of each stage.</param>
/// <param name="Patch">The patch, padded so that every pooling divides it.</param>
/// <param name="Divisors">What each axis of the patch must be divisible by.</param>
internal sealed record Topology(IReadOnlyList<int[]> Strides, IReadOnlyList<int[]> Kernels, int[] Patch, int[] Divisors)
{
    private const int MinimalEdge = 4;

    /// <summary>Pools while an axis is long enough, finest spacing first, until spacings are alike; kernels grow to 3 as axes become comparable.</summary>
    /// <param name="spacing">mm, transposed order, 2 or 3 axes.</param>
    /// <param name="patch">Voxels; may be fractional, as medians are.</param>
    public static Topology Of(IReadOnlyList<double> spacing, IReadOnlyList<double> patch)
    {
        var axes = patch.Count;
        var (current, size) = (spacing.ToArray(), patch.ToArray());
        var pools = new int[axes];
        var kernel = Enumerable.Repeat(1, axes).ToArray();
        var strides = new List<int[]> { kernel.ToArray() };
        var kernels = new List<int[]>();
        while (Poolable(current, size) is { Length: > 0 } pooled)
        {
            var finest = current.Min();
            for (var axis = 0; axis < axes; axis++)
                if (current[axis] / finest < 2)
                    kernel[axis] = 3;
            var stride = Enumerable.Repeat(1, axes).ToArray();
            foreach (var axis in pooled)
            {
                (stride[axis], current[axis], size[axis]) = (2, current[axis] * 2, Math.Ceiling(size[axis] / 2));
                pools[axis]++;
            }

            strides.Add(stride);
            kernels.Add(kernel.ToArray());
        }

        kernels.Add(Enumerable.Repeat(3, axes).ToArray());
        var divisors = Array.ConvertAll(pools, n => 1 << n);
        return new Topology(strides, kernels, [.. patch.Select((n, axis) => (int)(Math.Ceiling(n / divisors[axis]) * divisors[axis]))], divisors);
    }

    /// <summary>
    /// Values all convolutions put out for one sample: the measure of memory the planner budgets (spec 02 section 4.4), without deep supervision.
    /// </summary>
    /// <param name="preset">Features and counts.</param>
    /// <param name="labels">Entries of <c>labels</c> in dataset.json.</param>
    public long FeatureMapSize(PlannerPreset preset, int labels)
    {
        var (axes, stages) = (Patch.Length, Strides.Count);
        var network = new ArchitectureSpec
        {
            NetworkClassName = preset.NetworkClass,
            Dimensions = axes,
            FeaturesPerStage = [.. Enumerable.Range(0, stages).Select(s => preset.Features(s, axes))],
            KernelSizes = Kernels,
            Strides = Strides,
            EncoderCounts = [.. Enumerable.Range(0, stages).Select(preset.EncoderCount)],
            DecoderCounts = [.. Enumerable.Repeat(preset.DecoderCount, stages - 1)],
        };
        return FeatureMaps.Count(network, labels, Patch, deepSupervision: false);
    }

    private static int[] Poolable(double[] spacing, double[] size)
    {
        var longEnough = Enumerable.Range(0, size.Length).Where(axis => size[axis] >= 2 * MinimalEdge).ToArray();
        if (longEnough.Length == 0) return [];
        var finest = longEnough.Min(axis => spacing[axis]);
        var alike = longEnough.Where(axis => spacing[axis] / finest < 2).ToArray();
        return alike.Length == 1 && size[alike[0]] < 3 * MinimalEdge ? [] : alike;
    }
}
