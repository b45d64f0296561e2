namespace ActorSeg.Compute.Tests.Fingerprinting;

/// <summary>numpy's mean and standard deviation of float32 numbers, written down from its rules: pairwise in buffers of 8192, one after the other.</summary>
internal static class NumpySingle
{
    private const int Buffer = 8192;

    public static (float Mean, float Std) Of(float[] values)
    {
        var (sum, count) = (Sum(values), (double)values.Length);
        var mean = sum / (float)count;
        return ((float)(sum / count), MathF.Sqrt((float)(Sum([.. values.Select(v => (v - mean) * (v - mean))]) / count)));
    }

    private static float Sum(float[] values)
    {
        var sum = 0f;
        for (var at = 0; at < values.Length; at += Buffer) sum += Pairwise(values.AsSpan(at, Math.Min(Buffer, values.Length - at)));
        return sum;
    }

    private static float Pairwise(ReadOnlySpan<float> values)
    {
        if (values.Length > 128)
        {
            var half = values.Length / 2;
            half -= half % 8;
            return Pairwise(values[..half]) + Pairwise(values[half..]);
        }

        Span<float> lanes = stackalloc float[8];
        var whole = values.Length < 8 ? 0 : values.Length - (values.Length % 8);
        for (var i = 0; i < whole; i++) lanes[i % 8] += values[i];
        var sum = (lanes[0] + lanes[1] + (lanes[2] + lanes[3])) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]));
        foreach (var value in values[whole..]) sum += value;
        return sum;
    }
}
