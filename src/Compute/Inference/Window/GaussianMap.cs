namespace ActorSeg.Compute.Inference.Window;

/// <summary>How much a tile's voxels count, by their distance from its centre (spec 07 section 4.4).</summary>
public static class GaussianMap
{
    private const double SigmaScale = 1.0 / 8, Truncation = 4, Peak = 10;

    /// <summary>The map of a tile in C order, in half precision; no value is zero.</summary>
    /// <param name="tile">2 or 3 extents.</param>
    public static Half[] Create(IReadOnlyList<int> tile)
    {
        double[] values = [1];
        foreach (var extent in tile)
        {
            var line = Line(extent);
            values = [.. values.SelectMany(v => line.Select(w => v * w))];
        }

        var scale = values.Max() / Peak;
        // Through float32, as torch converts: a direct conversion differs in the last bit here and there.
        var map = Array.ConvertAll(values, v => (Half)(float)(v / scale));
        var smallest = map.Where(v => v > (Half)0).Min();
        for (var i = 0; i < map.Length; i++)
            if (map[i] == (Half)0)
                map[i] = smallest;
        return map;
    }

    private static double[] Line(int extent)
    {
        var sigma = extent * SigmaScale;
        var radius = (int)((Truncation * sigma) + 0.5);
        var kernel = Enumerable.Range(-radius, (2 * radius) + 1).Select(d => Math.Exp(-0.5 * d * d / (sigma * sigma))).ToArray();
        var sum = kernel.Sum();
        return [.. Enumerable.Range(0, extent).Select(i => Math.Abs(i - (extent / 2)) <= radius ? kernel[i - (extent / 2) + radius] / sum : 0)];
    }
}
