using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Fingerprinting;

/// <summary>
/// Mean and standard deviation of the draws, in the order nnU-Net has them: once as numpy rounds them (float32, pairwise within its buffers of
/// 8192, one buffer after the other) and once in double. Shows what of a golden figure is numpy's rounding.
/// </summary>
internal sealed class NumpySingle(IReadOnlyList<RawCase> cases, IImageReaderWriter reader, int channel, int samples)
{
    private const int Buffer = 8192;

    public (float Mean, float Std, double ExactMean, double ExactStd) Describe()
    {
        var count = (double)samples * cases.Count;
        var (sum, exact) = Sum(v => v, v => v);
        var (mean, exactMean) = ((float)(sum / (float)count), exact / count);
        var (squares, exactSquares) = Sum(v => (v - mean) * (v - mean), v => (v - exactMean) * (v - exactMean));
        return (mean, MathF.Sqrt((float)(squares / (float)count)), exactMean, Math.Sqrt(exactSquares / count));
    }

    private (float Single, double Double) Sum(Func<float, float> of, Func<double, double> ofExact)
    {
        var (buffer, filled, single, exact) = (new float[Buffer], 0, 0f, 0.0);
        foreach (var value in Draws())
        {
            exact += ofExact(value);
            buffer[filled++] = of(value);
            if (filled < Buffer) continue;
            single += Pairwise(buffer);
            filled = 0;
        }

        return (single + Pairwise(buffer.AsSpan(0, filled)), exact);
    }

    private IEnumerable<float> Draws()
    {
        foreach (var c in cases)
        {
            var image = reader.ReadImages(c.Images).Data.Channel(channel).ToArray();
            var label = reader.ReadLabels(c.Label!).Data.Data;
            var foreground = Enumerable.Range(0, label.Length).Where(i => label[i] > 0).ToArray();
            var twister = new MersenneTwister(1234);
            for (var i = 0L; i < (long)samples * channel; i++) twister.Bounded(foreground.Length - 1);
            for (var i = 0; i < samples; i++) yield return image[foreground[twister.Bounded(foreground.Length - 1)]];
        }
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
