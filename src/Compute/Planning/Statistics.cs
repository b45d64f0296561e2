namespace ActorSeg.Compute.Planning;

/// <summary>Order statistics as numpy computes them.</summary>
internal static class Statistics
{
    /// <summary>Linear interpolation between order statistics at position (n-1) q, rounding as numpy's does.</summary>
    public static double Percentile(double[] values, double q)
    {
        Array.Sort(values);
        var position = (values.Length - 1) * q;
        var below = (int)Math.Floor(position);
        return Interpolate(values[below], values[Math.Min(below + 1, values.Length - 1)], position - below);
    }

    /// <summary>Between two order statistics; counted from the nearer one.</summary>
    public static double Interpolate(double low, double high, double t) => t < 0.5 ? low + ((high - low) * t) : high - ((high - low) * (1 - t));

    /// <summary>The percentile of each axis.</summary>
    public static double[] PercentileOfAxes(double[][] values, double q) =>
        [.. Enumerable.Range(0, 3).Select(axis => Percentile([.. values.Select(v => v[axis])], q))];

    /// <summary>The median of each axis: the mean of the middle two.</summary>
    public static double[] MedianOfAxes<T>(IReadOnlyList<T> items, Func<T, double[]> axes)
    {
        var values = items.Select(axes).ToArray();
        return [.. Enumerable.Range(0, 3).Select(axis => Median([.. values.Select(v => v[axis])]))];
    }

    /// <summary>The mean of the middle two, or the middle one.</summary>
    public static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
