using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Resampling;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Preprocessing;

/// <summary>The vote of eight neighbours gives what interpolating a mask a label gives.</summary>
public class NeighbourVoteTests
{
    private static readonly Spacing Even = new(1, 1, 1);

    [Property(MaxTest = 150)]
    public Property A_label_wins_that_has_half_of_the_weight() => Prop.ForAll(
        (from extents in Gen.Choose(1, 7).ArrayOf(6) from seed in Gen.Choose(0, 10_000) from labels in Gen.Choose(1, 6) select (extents, seed, labels)).ToArbitrary(),
        p =>
        {
            var (from, to) = (new VolumeShape(p.extents[0], p.extents[1], p.extents[2]), new VolumeShape(p.extents[3], p.extents[4], p.extents[5]));
            var random = new Random(p.seed);
            var input = new Volume<short>(1, from, [.. Enumerable.Range(0, (int)from.Voxels).Select(_ => (short)random.Next(-1, p.labels))]);
            var found = Resampler.ResampleLabels(input, to, Even, Even, new ResamplingSpec(Resampler.Default, true, 1, 0, false));
            if (from == to)
            {
                Assert.Equal(input.Data, found.Data);
                return;
            }

            var axes = Resize.Axes(from, to, 1);
            var weights = new SortedDictionary<short, double>();
            for (var i = 0; i < found.Data.Length; i++)
            {
                var (z, y, x) = (i / (to.Y * to.X), i / to.X % to.Y, i % to.X);
                weights.Clear();
                for (var corner = 0; corner < 8; corner++)
                {
                    var (a, b, c) = ((2 * z) + (corner >> 2), (2 * y) + ((corner >> 1) & 1), (2 * x) + (corner & 1));
                    var label = input.Data[(((axes[0].Rows[a] * from.Y) + axes[1].Rows[b]) * from.X) + axes[2].Rows[c]];
                    weights[label] = weights.GetValueOrDefault(label) + (axes[0].Weights[a] * axes[1].Weights[b] * axes[2].Weights[c]);
                }

                // Ties are the golden files' to decide.
                if (weights.Values.Any(w => Math.Abs(w - 0.5) < 1e-12)) continue;
                Assert.Equal(weights.FirstOrDefault(w => w.Value > 0.5).Key, found.Data[i]);
            }
        });
}
