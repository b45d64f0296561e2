namespace ActorSeg.Compute.Networks;

/// <summary>
/// He-normal weights (spec 04 section 6: negative slope 0.01, fan-in) from a counter-based hash: each value is a function of the seed, the parameter's name and
/// its position, so that initial weights never depend on threads or on the order of construction.
/// </summary>
internal static class HeNormal
{
    private const double NegativeSlope = 0.01;

    /// <summary>Fills the weight <paramref name="name"/>, whose second dimension times its kernel is <paramref name="fanIn"/>.</summary>
    public static void Fill(Span<float> values, ulong seed, string name, long fanIn)
    {
        var sigma = Math.Sqrt(2 / ((1 + (NegativeSlope * NegativeSlope)) * fanIn));
        var key = Mix(seed ^ Hash(name));
        for (var i = 0; i < values.Length; i += 2)
        {
            // Box-Muller: two independent normals from two uniforms, the first kept away from zero.
            var u = (Bits(key, i) + 1) * (1.0 / (1UL << 53));
            var v = Bits(key, i + 1) * (2 * Math.PI / (1UL << 53));
            var radius = sigma * Math.Sqrt(-2 * Math.Log(u));
            values[i] = (float)(radius * Math.Cos(v));
            if (i + 1 < values.Length) values[i + 1] = (float)(radius * Math.Sin(v));
        }
    }

    private static ulong Bits(ulong key, long counter) => Mix(key + ((ulong)counter * 0x9e3779b97f4a7c15UL)) >> 11;

    // The finaliser of SplitMix64.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }

    // FNV-1a: string.GetHashCode differs from process to process.
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }
}
