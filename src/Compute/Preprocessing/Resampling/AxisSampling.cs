namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>
/// How samples along one axis become samples on another grid of the same extent (spec 03 sections 5.3 and 5.5): for each output the input indices
/// it reads and their weights. Grids are aligned at their outer borders, so output o lies at (o + 0.5) * from / to - 0.5.
/// </summary>
internal sealed class AxisSampling
{
    private AxisSampling(int from, int to, int taps, bool isCubic)
    {
        (From, To, Taps, IsCubic) = (from, to, taps, isCubic);
        Rows = new int[to * taps];
        Weights = new double[to * taps];
    }

    /// <summary>Samples there are.</summary>
    public int From { get; }

    /// <summary>Samples wanted.</summary>
    public int To { get; }

    /// <summary>Inputs an output reads: 1, 2 or 4.</summary>
    public int Taps { get; }

    /// <summary>Whether the inputs must be turned into B-spline coefficients first.</summary>
    public bool IsCubic { get; }

    /// <summary>Input index of each tap, output by output. Cubic taps may reach two beyond either end: coefficients of the replicated border.</summary>
    public int[] Rows { get; }

    /// <summary>Weight of each tap.</summary>
    public double[] Weights { get; }

    /// <summary>
    /// Whether the axis may be left alone. Holds for cubic splines too: they interpolate, so on the same grid they return their samples up to rounding
    /// of the 16th digit.
    /// </summary>
    public bool IsIdentity => From == To;

    /// <summary>The spline of scikit-image's resize and scipy's map_coordinates with replicated borders.</summary>
    /// <param name="from">Samples there are.</param>
    /// <param name="to">Samples wanted.</param>
    /// <param name="order">0 nearest, 1 linear, 3 cubic.</param>
    public static AxisSampling Spline(int from, int to, int order)
    {
        var axis = new AxisSampling(from, to, order + 1, isCubic: order == 3);
        var zoom = (double)from / to;
        for (var o = 0; o < to; o++)
        {
            var at = ((o + 0.5) * zoom) - 0.5;
            if (order == 3)
            {
                axis.SetCubic(o, at);
                continue;
            }

            at = Math.Clamp(at, 0, from - 1);
            if (order == 0) axis.Set(o, 0, (int)Math.Floor(at + 0.5), 1);
            else axis.SetLinear(o, at, (int)at);
        }

        return axis;
    }

    /// <summary>torch's linear interpolation without aligned corners, its positions and weights computed in float32 as torch does.</summary>
    public static AxisSampling TorchLinear(int from, int to)
    {
        var axis = new AxisSampling(from, to, 2, isCubic: false);
        var scale = (float)from / to;
        for (var o = 0; o < to; o++)
        {
            var at = Math.Max((scale * (o + 0.5f)) - 0.5f, 0f);
            var low = Math.Min((int)at, from - 1);
            var upper = Math.Clamp(at - low, 0f, 1f);
            axis.Set(o, 0, low, 1f - upper);
            axis.Set(o, 1, Math.Min(low + 1, from - 1), upper);
        }

        return axis;
    }

    /// <summary>torch's <c>nearest-exact</c>.</summary>
    public static AxisSampling TorchNearest(int from, int to)
    {
        var axis = new AxisSampling(from, to, 1, isCubic: false);
        var scale = (float)from / to;
        for (var o = 0; o < to; o++) axis.Set(o, 0, Math.Min((int)MathF.Floor((o + 0.5f) * scale), from - 1), 1);
        return axis;
    }

    private void SetLinear(int output, double at, int low)
    {
        var below = 1.0 - (at - low);
        Set(output, 0, low, below);
        Set(output, 1, Math.Min(low + 1, From - 1), 1.0 - below);
    }

    private void SetCubic(int output, double at)
    {
        var low = (int)Math.Floor(at);
        var t = at - low;
        var u = 1.0 - t;
        var w0 = u * u * u / 6.0;
        var w1 = ((t * t * (t - 2.0) * 3.0) + 4.0) / 6.0;
        var w2 = ((u * u * (u - 2.0) * 3.0) + 4.0) / 6.0;
        Set(output, 0, low - 1, w0);
        Set(output, 1, low, w1);
        Set(output, 2, low + 1, w2);
        Set(output, 3, low + 2, 1.0 - w0 - w1 - w2);
    }

    private void Set(int output, int tap, int row, double weight)
    {
        Rows[(output * Taps) + tap] = row;
        Weights[(output * Taps) + tap] = weight;
    }
}
