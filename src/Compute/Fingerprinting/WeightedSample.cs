using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Fingerprinting;

/// <summary>Values that were each drawn a number of times: the statistics of the whole sample without its repetitions.</summary>
internal sealed class WeightedSample
{
    private readonly float[] _values;

    // How many draws are at or below each value.
    private readonly long[] _cumulative;

    private WeightedSample(float[] values, long[] cumulative) => (_values, _cumulative) = (values, cumulative);

    /// <summary>All cases' draws of one channel together.</summary>
    public static WeightedSample Merge(IEnumerable<SampledIntensities> parts)
    {
        var all = parts.ToArray();
        var values = new float[all.Sum(part => part.Values.Length)];
        var counts = new int[values.Length];
        var at = 0;
        foreach (var part in all)
        {
            part.Values.CopyTo(values, at);
            part.Counts.CopyTo(counts, at);
            at += part.Values.Length;
        }

        Array.Sort(values, counts);
        var cumulative = new long[counts.Length];
        var total = 0L;
        for (var i = 0; i < counts.Length; i++) cumulative[i] = total += counts[i];
        return new WeightedSample(values, cumulative);
    }

    /// <summary>The seven numbers of spec 02 section 1.2, accumulated in double.</summary>
    /// <exception cref="DataException">Nothing was drawn.</exception>
    public IntensityProperties Describe()
    {
        if (_values.Length == 0)
            throw new DataException("dataset_fingerprint.json", "cannot be made: no label map has any foreground",
                "check the label maps; at least one case must hold a label above 0");
        double total = _cumulative[^1], mean = 0, variance = 0;
        for (var i = 0; i < _values.Length; i++) mean += _values[i] * (double)Count(i);
        mean /= total;
        for (var i = 0; i < _values.Length; i++) variance += (_values[i] - mean) * (_values[i] - mean) * Count(i);
        var std = Math.Sqrt(variance / total);
        return new IntensityProperties(mean, Percentile(0.5), std, _values[0], _values[^1], Percentile(0.005), Percentile(0.995));
    }

    private long Count(int i) => i == 0 ? _cumulative[0] : _cumulative[i] - _cumulative[i - 1];

    private double Percentile(double q)
    {
        var position = (_cumulative[^1] - 1) * q;
        var below = (long)Math.Floor(position);
        return Statistics.Interpolate(At(below), At(Math.Min(below + 1, _cumulative[^1] - 1)), position - below);
    }

    // The draw of this rank: the first value whose cumulative count exceeds it.
    private double At(long rank)
    {
        var found = Array.BinarySearch(_cumulative, rank + 1);
        return _values[found >= 0 ? found : ~found];
    }
}
