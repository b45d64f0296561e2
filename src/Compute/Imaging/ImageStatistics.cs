namespace ActorSeg.Compute.Imaging;

/// <summary>What values an image holds; of each component of its voxels.</summary>
/// <param name="Min">Of the finite values; NaN where there are none.</param>
/// <param name="Max">Of the finite values; NaN where there are none.</param>
/// <param name="Mean">Of the finite values; NaN where there are none.</param>
/// <param name="NonFinite">Values that are no number or infinite.</param>
public sealed record ImageStatistics(IReadOnlyList<double> Min, IReadOnlyList<double> Max, IReadOnlyList<double> Mean, IReadOnlyList<long> NonFinite)
{
    /// <summary>Looks at all voxels of an image, a part at a time (<see cref="ImageSource.ReadParts"/>).</summary>
    /// <exception cref="DataException">The file is damaged or ends early.</exception>
    public static ImageStatistics Of(ImageSource source)
    {
        var components = new Component[source.Header.Components];
        source.ReadParts(part =>
        {
            for (var i = 0; i < components.Length; i++) components[i].Add(part[i..], components.Length);
        });
        return new([.. components.Select(c => c.Min)], [.. components.Select(c => c.Max)], [.. components.Select(c => c.Mean)], [.. components.Select(c => c.NonFinite)]);
    }

    private struct Component
    {
        private double _min, _max, _sum;
        private long _finite;

        public long NonFinite { get; private set; }

        public readonly double Min => _finite == 0 ? double.NaN : _min;

        public readonly double Max => _finite == 0 ? double.NaN : _max;

        public readonly double Mean => _finite == 0 ? double.NaN : _sum / _finite;

        public void Add(ReadOnlySpan<double> values, int step)
        {
            for (var i = 0; i < values.Length; i += step)
            {
                var value = values[i];
                if (!double.IsFinite(value))
                {
                    NonFinite++;
                    continue;
                }

                _min = _finite == 0 ? value : Math.Min(_min, value);
                _max = _finite == 0 ? value : Math.Max(_max, value);
                _sum += value;
                _finite++;
            }
        }
    }
}
