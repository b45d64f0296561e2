using System.Numerics;

namespace ActorSeg.Compute.Imaging;

/// <summary>What values an image holds; of each component of its voxels.</summary>
/// <param name="Min">Of the finite values; NaN where there are none.</param>
/// <param name="Max">Of the finite values; NaN where there are none.</param>
/// <param name="Mean">Of the finite values; NaN where there are none.</param>
/// <param name="NonFinite">Values that are no number or infinite.</param>
public sealed record ImageStatistics(IReadOnlyList<double> Min, IReadOnlyList<double> Max, IReadOnlyList<double> Mean, IReadOnlyList<long> NonFinite)
{
    /// <summary>Reads all voxels of an image. Holds them once: as float32, or as float64 where float32 has too few digits for their type.</summary>
    /// <exception cref="DataException">The file is damaged or ends early.</exception>
    public static ImageStatistics Of(ImageSource source)
    {
        var exact = source.Header.Type is VoxelType.Float32 || source.Header.Type.Bytes() <= 2;
        return exact ? Of<float>(source.ReadArray<float>(), source.Header.Components) : Of<double>(source.ReadArray<double>(), source.Header.Components);
    }

    private static ImageStatistics Of<T>(ReadOnlySpan<T> values, int components) where T : unmanaged, INumber<T>
    {
        var (min, max, mean, nonFinite) = (new double[components], new double[components], new double[components], new long[components]);
        for (var component = 0; component < components; component++)
        {
            var (low, high, sum, finite, bad) = (double.PositiveInfinity, double.NegativeInfinity, 0.0, 0L, 0L);
            for (var i = component; i < values.Length; i += components)
            {
                if (!T.IsFinite(values[i]))
                {
                    bad++;
                    continue;
                }

                var value = double.CreateTruncating(values[i]);
                (low, high, sum, finite) = (Math.Min(low, value), Math.Max(high, value), sum + value, finite + 1);
            }

            nonFinite[component] = bad;
            (min[component], max[component], mean[component]) = finite == 0 ? (double.NaN, double.NaN, double.NaN) : (low, high, sum / finite);
        }

        return new ImageStatistics(min, max, mean, nonFinite);
    }
}
