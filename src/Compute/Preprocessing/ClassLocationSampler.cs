using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>Draws foreground positions as nnU-Net does, with its generator and in its order (spec 03 section 6).</summary>
public static class ClassLocationSampler
{
    private const uint Seed = 1234;
    private const int FewestKept = 10_000;
    private const double FractionKept = 0.01;

    /// <summary>Positions of each foreground class or region; with an ignore label also of every annotated voxel.</summary>
    /// <param name="labels">One channel, -1 outside the non-zero region.</param>
    /// <param name="set">The data set's labels.</param>
    public static ClassLocations Sample(Volume<short> labels, LabelSet set)
    {
        List<LabelClass> wanted = [.. set.ForegroundClasses];
        if (set.Ignore is not null) wanted.Add(new LabelClass([-1, .. set.All], IsTuple: true));
        return Sample(labels, wanted);
    }

    /// <summary>Positions of the classes asked for.</summary>
    public static ClassLocations Sample(Volume<short> labels, IReadOnlyList<LabelClass> wanted)
    {
        var blocks = Blocks(labels.Data, [.. wanted.SelectMany(w => w.Labels).Distinct()]);
        var random = new MersenneTwister(Seed);
        return new ClassLocations([.. wanted.Select(w => new ClassLocations.Entry(w.Labels, w.IsTuple, Draw(random, w, blocks, labels.Shape)))]);
    }

    // Voxels of each label in C order. Label maps are runs of one value, so a run is looked at once.
    private static Dictionary<int, int[]> Blocks(ReadOnlySpan<short> labels, HashSet<int> wanted)
    {
        var counts = new Dictionary<int, int>();
        for (var at = 0; at < labels.Length;)
        {
            var (label, length) = (labels[at], RunLength(labels[at..]));
            if (wanted.Contains(label)) counts[label] = counts.GetValueOrDefault(label) + length;
            at += length;
        }

        var blocks = counts.ToDictionary(c => c.Key, c => new int[c.Value]);
        var filled = counts.Keys.ToDictionary(k => k, _ => 0);
        for (var at = 0; at < labels.Length;)
        {
            var (label, length) = (labels[at], RunLength(labels[at..]));
            if (blocks.TryGetValue(label, out var block))
            {
                var first = filled[label];
                for (var i = 0; i < length; i++) block[first + i] = at + i;
                filled[label] = first + length;
            }

            at += length;
        }

        return blocks;
    }

    private static int RunLength(ReadOnlySpan<short> labels) => labels.IndexOfAnyExcept(labels[0]) is >= 0 and var end ? end : labels.Length;

    private static int[] Draw(MersenneTwister random, LabelClass wanted, Dictionary<int, int[]> blocks, VolumeShape shape)
    {
        int[][] present = [.. wanted.Labels.Distinct().Where(blocks.ContainsKey).Select(label => blocks[label])];
        var all = present.Sum(block => block.Length);
        if (all == 0) return [];
        var kept = Math.Max(Math.Min(FewestKept, all), (int)Math.Ceiling(FractionKept * all));
        using var order = new Scratch<int>(all);
        random.Permutation(order.Span);
        var positions = new int[3 * kept];
        for (var i = 0; i < kept; i++)
        {
            var offset = order.Span[i];
            var at = 0;
            while (offset >= present[at].Length) offset -= present[at++].Length;
            var voxel = present[at][offset];
            positions[3 * i] = voxel / (shape.Y * shape.X);
            positions[(3 * i) + 1] = voxel / shape.X % shape.Y;
            positions[(3 * i) + 2] = voxel % shape.X;
        }

        return positions;
    }
}
