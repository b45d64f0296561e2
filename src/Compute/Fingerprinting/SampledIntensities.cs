using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Fingerprinting;

/// <summary>
/// The foreground intensities drawn from one channel of a case. What is kept is the foreground and the generator as it stood, from which the draws come
/// again in their order, or the draws themselves where there are fewer of them; and the distinct values with how often each was drawn.
/// </summary>
public sealed class SampledIntensities
{
    private readonly float[] _source;
    private readonly MersenneTwister? _start;

    private SampledIntensities(float[] source, MersenneTwister? start, int draws) => (_source, _start, Draws) = (source, start, draws);

    /// <summary>How many were drawn: 0 where the case has no foreground.</summary>
    public int Draws { get; }

    /// <summary>Distinct values, ascending.</summary>
    public float[] Values { get; private set; } = [];

    /// <summary>How often each was drawn.</summary>
    public int[] Counts { get; private set; } = [];

    /// <summary>The draws' sum so far as numpy makes it.</summary>
    internal BlockedSum Sum { get; private set; } = new(0);

    /// <summary>Draws with replacement.</summary>
    /// <param name="foreground">In C order; kept. Empty draws nothing.</param>
    /// <param name="draws">How many.</param>
    /// <param name="offset">How many were drawn from the cases before.</param>
    /// <param name="twister">Is left behind the last draw.</param>
    public static SampledIntensities Draw(float[] foreground, int draws, long offset, MersenneTwister twister)
    {
        if (foreground.Length == 0) return new SampledIntensities([], null, 0);
        var counts = new int[foreground.Length];
        var kept = foreground.Length > draws ? new float[draws] : null;
        var sampled = new SampledIntensities(kept ?? foreground, kept is null ? twister.Clone() : null, draws) { Sum = new BlockedSum(offset) };
        var (indices, values, done) = (new int[BlockedSum.Block], new float[BlockedSum.Block], 0);
        while (done < draws)
        {
            var some = Math.Min(BlockedSum.Block, draws - done);
            twister.Bounded(foreground.Length - 1, indices.AsSpan(0, some));
            for (var i = 0; i < some; i++)
            {
                counts[indices[i]]++;
                values[i] = foreground[indices[i]];
            }

            sampled.Sum.Add(values.AsSpan(0, some));
            if (kept is not null) values.AsSpan(0, some).CopyTo(kept.AsSpan(done));
            done += some;
        }

        (sampled.Values, sampled.Counts) = Distinct((float[])foreground.Clone(), counts);
        return sampled;
    }

    /// <summary>The sum of the squared deviations of the draws, as numpy makes it.</summary>
    internal BlockedSum SquaredDeviations(float mean, long offset)
    {
        var (sum, values) = (new BlockedSum(offset), new float[BlockedSum.Block]);
        var (indices, twister) = (new int[BlockedSum.Block], _start?.Clone());
        for (var done = 0; done < Draws;)
        {
            var some = Math.Min(BlockedSum.Block, Draws - done);
            if (twister is null) _source.AsSpan(done, some).CopyTo(values);
            else
            {
                twister.Bounded(_source.Length - 1, indices.AsSpan(0, some));
                for (var i = 0; i < some; i++) values[i] = _source[indices[i]];
            }

            BlockedSum.SquareDeviations(values.AsSpan(0, some), mean);
            sum.Add(values.AsSpan(0, some));
            done += some;
        }

        return sum;
    }

    private static (float[] Values, int[] Counts) Distinct(float[] values, int[] drawn)
    {
        Array.Sort(values, drawn);
        var kept = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (drawn[i] == 0) continue;
            if (kept > 0 && values[kept - 1] == values[i]) drawn[kept - 1] += drawn[i];
            else (values[kept], drawn[kept++]) = (values[i], drawn[i]);
        }

        return (values[..kept], drawn[..kept]);
    }
}
