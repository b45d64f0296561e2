using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Transforms;

namespace ActorSeg.Compute.Tests.Augmentation.Distributions;

/// <summary>Whether drawn numbers are distributed as they should be. Streams are fixed, so that a test passes always or never.</summary>
internal static class Statistics
{
    public const int Draws = 10_000;

    // A right distribution exceeds these once in a thousand times.
    private const double MostDistance = 1.95, MostDeviations = 3.3;

    /// <summary>The streams of one purpose in the samples of successive batches of a training.</summary>
    public static IEnumerable<Philox> Streams(Purpose purpose, int count = Draws) =>
        Enumerable.Range(0, count).Select(i => new Philox(new BatchKey(11, new Fold(2), false, i / 250, i % 250), i % 3, (int)purpose));

    /// <summary>Kolmogorov and Smirnov: the largest distance of the numbers' distribution from another is what chance explains.</summary>
    public static void Follow(IEnumerable<double> numbers, Func<double, double> distribution)
    {
        double[] sorted = [.. numbers.Order()];
        Assert.True(sorted.Length >= 1000, $"{sorted.Length} numbers say nothing");
        var distance = sorted.Select((x, i) => Math.Max(((i + 1.0) / sorted.Length) - distribution(x), distribution(x) - ((double)i / sorted.Length))).Max();
        Assert.InRange(distance * Math.Sqrt(sorted.Length), 0, MostDistance);
    }

    /// <summary>The same for numbers that come in steps: distances count at the steps alone.</summary>
    public static void FollowSteps(IReadOnlyCollection<int> numbers, Func<int, double> distribution)
    {
        Assert.True(numbers.Count >= 1000, $"{numbers.Count} numbers say nothing");
        var distance = numbers.Distinct().Max(x => Math.Abs((numbers.Count(n => n <= x) / (double)numbers.Count) - distribution(x)));
        Assert.InRange(distance * Math.Sqrt(numbers.Count), 0, MostDistance);
    }

    public static void AreUniform(IEnumerable<double> numbers, double low, double high) => Follow(numbers, x => Math.Clamp((x - low) / (high - low), 0, 1));

    /// <summary>BGContrast: either half with an even chance.</summary>
    public static void AreAroundOne(IEnumerable<double> numbers, double low, double high) =>
        Follow(numbers, x => x < 1 ? Math.Clamp(0.5 * (x - low) / (1 - low), 0, 1) : Math.Clamp(0.5 + (0.5 * (x - 1) / (high - 1)), 0, 1));

    /// <summary>An event happened as often as its probability says.</summary>
    public static void Happened(int times, int of, double probability) =>
        Assert.InRange((times - (of * probability)) / Math.Sqrt(of * probability * (1 - probability)), -MostDeviations, MostDeviations);

    /// <summary>Each of some outcomes came as often as the others, and no other did.</summary>
    public static void AreEquallyOften<T>(IReadOnlyCollection<T> outcomes, int kinds) where T : notnull
    {
        var counts = outcomes.GroupBy(o => o).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(kinds, counts.Count);
        foreach (var count in counts.Values) Happened(count, outcomes.Count, 1.0 / kinds);
    }

    public static void AreUncorrelated(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        var (meanA, meanB) = (a.Average(), b.Average());
        var both = a.Zip(b, (x, y) => (x - meanA) * (y - meanB)).Sum();
        Assert.InRange(both / Math.Sqrt(a.Sum(x => (x - meanA) * (x - meanA)) * b.Sum(y => (y - meanB) * (y - meanB))) * Math.Sqrt(a.Count), -MostDeviations, MostDeviations);
    }

    /// <summary>What a transform that always acts makes of an image of a few channels.</summary>
    public static float[] Applied(SampleTransform transform, Philox random, float[] image, VolumeShape shape)
    {
        using var memory = new Workspace();
        var (result, labels) = ((float[])image.Clone(), new short[shape.Voxels]);
        (transform with { Chance = 1 }).ApplyByChance(random, new Sample(result, image.Length / labels.Length, labels, [], shape, memory));
        return result;
    }
}
