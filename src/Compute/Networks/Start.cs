namespace ActorSeg.Compute.Networks;

/// <summary>
/// How a tensor of the state starts (spec 04 sections 6 and 10): all alike, or normally distributed. Each value is a function of the seed, the tensor's name and
/// the position alone, so that initial weights never depend on threads or on the order of construction.
/// </summary>
internal readonly record struct Start
{
    private const double NegativeSlope = 0.01;

    private readonly Kind _kind;
    private readonly double _value;

    private Start(Kind kind, double value) => (_kind, _value) = (kind, value);

    private enum Kind
    {
        Constant,
        Normal,
        HeNormal,
    }

    /// <summary>Weights of convolutions: the deviation follows from how many values a result is summed from.</summary>
    public static Start HeNormal { get; } = new(Kind.HeNormal, 0);

    /// <summary>Biases, the last norm of a residual block, running means and counters.</summary>
    public static Start Zero { get; } = Constant(0);

    /// <summary>Weights of norms, running variances.</summary>
    public static Start One { get; } = Constant(1);

    /// <summary>Everywhere the same.</summary>
    public static Start Constant(double value) => new(Kind.Constant, value);

    /// <summary>Of mean zero and this standard deviation.</summary>
    public static Start Normal(double deviation) => new(Kind.Normal, deviation);

    /// <summary>Writes the values of the tensor of that name and shape.</summary>
    public void Fill(Span<float> values, ulong seed, string name, IReadOnlyList<long> shape)
    {
        if (_kind == Kind.Constant) values.Fill((float)_value);
        else FillNormal(values, NameHash.Mix(seed ^ NameHash.Of(name)), _kind == Kind.HeNormal ? HeDeviation(shape) : _value);
    }

    // The fan-in is of the second dimension: of transposed convolutions the output (spec 04, trap 8).
    private static double HeDeviation(IReadOnlyList<long> shape) =>
        Math.Sqrt(2 / ((1 + (NegativeSlope * NegativeSlope)) * shape.Skip(1).Aggregate(1L, (product, n) => checked(product * n))));

    private static void FillNormal(Span<float> values, ulong key, double deviation)
    {
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box-Muller: two independent normals from two uniforms, the first kept away from zero.
            var u = (Bits(key, i) + 1) * (1.0 / (1UL << 53));
            var v = Bits(key, i + 1) * (2 * Math.PI / (1UL << 53));
            var radius = deviation * Math.Sqrt(-2 * Math.Log(u));
            values[i] = (float)(radius * Math.Cos(v));
            if (i + 1 < values.Length) values[i + 1] = (float)(radius * Math.Sin(v));
        }
    }

    private static ulong Bits(ulong key, long counter) => NameHash.Mix(key + ((ulong)counter * 0x9e3779b97f4a7c15UL)) >> 11;
}
