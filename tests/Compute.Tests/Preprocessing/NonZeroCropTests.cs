using ActorSeg.Compute.Preprocessing;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Preprocessing;

public class NonZeroCropTests
{
    [Property(MaxTest = 300)]
    public Property The_region_is_what_the_border_cannot_reach_through_zeros() => Prop.ForAll(
        (from extents in Gen.Choose(1, 9).ArrayOf(2)
         from width in Gen.Choose(1, 80)
         from channels in Gen.Choose(1, 3)
         from zeros in Gen.Choose(0, 100)
         from seed in Gen.Choose(0, 10_000)
         select (shape: new VolumeShape(extents[0], extents[1], width), channels, zeros, seed)).ToArbitrary(),
        p =>
        {
            var random = new Random(p.seed);
            var image = new Volume<float>(p.channels, p.shape);
            // Most voxels are zero in all channels or in none, so that there are holes.
            for (var i = 0; i < p.shape.Voxels; i++)
                if (random.Next(100) >= p.zeros)
                    image.Channel(random.Next(p.channels))[i] = random.Next(5) == 0 ? float.NaN : 1;
            var found = NonZeroCrop.Find(image);
            var expected = Reached(image);
            Assert.Equal(expected, found.Mask.Select(v => v == 0));
            var inside = Enumerable.Range(0, expected.Length).Where(i => !expected[i]).Select(i => Place(i, p.shape)).ToArray();
            var box = inside.Length == 0 ? Box.Whole(p.shape) : new Box(
                new(inside.Min(v => v.Z), inside.Min(v => v.Y), inside.Min(v => v.X)), new(inside.Max(v => v.Z) + 1, inside.Max(v => v.Y) + 1, inside.Max(v => v.X) + 1));
            Assert.Equal(box, found.Box);
        });

    // The plainest way: grow from beyond the border until nothing changes.
    private static bool[] Reached(Volume<float> image)
    {
        var shape = image.Shape;
        var zero = Enumerable.Range(0, (int)shape.Voxels).Select(i => Enumerable.Range(0, image.Channels).All(c => image.Channel(c)[i] == 0)).ToArray();
        var reached = new bool[zero.Length];
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = 0; i < zero.Length; i++)
            {
                if (!zero[i] || reached[i]) continue;
                var v = Place(i, shape);
                if (!Outside(v with { Z = v.Z - 1 }) && !Outside(v with { Z = v.Z + 1 }) && !Outside(v with { Y = v.Y - 1 })
                    && !Outside(v with { Y = v.Y + 1 }) && !Outside(v with { X = v.X - 1 }) && !Outside(v with { X = v.X + 1 })) continue;
                reached[i] = changed = true;
            }
        }

        return reached;

        bool Outside(VolumeShape v) =>
            (uint)v.Z >= (uint)shape.Z || (uint)v.Y >= (uint)shape.Y || (uint)v.X >= (uint)shape.X || reached[(((v.Z * shape.Y) + v.Y) * shape.X) + v.X];
    }

    private static VolumeShape Place(int i, VolumeShape shape) => new(i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X);
}
