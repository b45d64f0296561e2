using ActorSeg.Compute.Augmentation.Kernels;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

/// <summary>Turning against a voxel-by-voxel way to do it: maps, patches and volumes of any kind, patches that reach far beyond the volume included.</summary>
public class SpatialProperties
{
    [Property(MaxTest = 150)]
    public void images_are_interpolated_from_what_the_window_holds(int seed)
    {
        var t = new Turned(seed);
        var source = Naive.Noise(t.Window.IsEmpty ? new(0, 0, 0) : t.Window.Part.Shape, seed);
        var actual = new float[t.To.Voxels];
        SpatialImage.Linear(source, t.Window, t.Loaded, actual, t.To, t.Map, t.InPlane);
        GoldenTransforms.Close([.. t.Sources().Select(c => Interpolated(source, t, c))], actual);
    }

    [Property(MaxTest = 150)]
    public void labels_are_voted_on_by_the_eight_around_a_point(int seed)
    {
        var t = new Turned(seed);
        var source = Naive.Labels(t.Window.IsEmpty ? new(0, 0, 0) : t.Window.Part.Shape, seed);
        var actual = new short[t.To.Voxels];
        SpatialLabels.Vote(source, t.Window, t.Loaded, actual, t.To, t.Map, t.InPlane);
        Assert.Equal(t.Sources().Select(c => Voted(source, t, c)), actual);
    }

    [Property(MaxTest = 100)]
    public void the_nearest_voxel_is_taken_where_asked_for(int seed)
    {
        var t = new Turned(seed);
        var shape = t.Window.IsEmpty ? new(0, 0, 0) : t.Window.Part.Shape;
        var (image, labels) = (Naive.Noise(shape, seed), Naive.Labels(shape, seed));
        var (actualImage, actualLabels) = (new float[t.To.Voxels], new short[t.To.Voxels]);
        SpatialNearest.Image(image, t.Window, t.Loaded, actualImage, t.To, t.Map, t.InPlane);
        SpatialNearest.Labels(labels, t.Window, t.Loaded, actualLabels, t.To, t.Map, t.InPlane);
        Assert.Equal(t.Sources().Select(c => t.At(image, Round(c.Z), Round(c.Y), Round(c.X)) ?? 0f), actualImage);
        Assert.Equal(t.Sources().Select(c => c.Outside ? (short)-1 : t.At(labels, Round(c.Z), Round(c.Y), Round(c.X)) ?? (short)-1), actualLabels);

        static int Round(float c) => (int)Math.Round(c, MidpointRounding.ToEven);
    }

    private static float Interpolated(float[] source, Turned t, (float Z, float Y, float X, bool Outside) c)
    {
        var sum = 0.0;
        foreach (var (z, y, x, weight) in Corners(c)) sum += weight * (t.At(source, z, y, x) ?? 0);
        return (float)sum;
    }

    // The label with most weight, in half precision, the lower on ties; padding within the loaded patch votes for -1.
    private static short Voted(short[] source, Turned t, (float Z, float Y, float X, bool Outside) c)
    {
        if (c.Outside) return -1;
        return Corners(c).Where(k => Naive.Holds(t.Loaded, k.Z, k.Y, k.X)).GroupBy(k => t.At(source, k.Z, k.Y, k.X) ?? -1)
            .Select(g => (Label: g.Key, Vote: (Half)g.Aggregate(0f, (sum, k) => sum + k.Weight1000))).OrderByDescending(v => v.Vote).ThenBy(v => v.Label).First().Label;
    }

    private static IEnumerable<Corner> Corners((float Z, float Y, float X, bool Outside) c)
    {
        var (z, y, x) = ((int)MathF.Floor(c.Z), (int)MathF.Floor(c.Y), (int)MathF.Floor(c.X));
        float tz = c.Z - z, ty = c.Y - y, tx = c.X - x;
        foreach (var (dz, dy, dx) in Naive.Voxels(new VolumeShape(2, 2, 2)))
        {
            var vote = 1000 * (dz == 0 ? 1 - tz : tz) * (dy == 0 ? 1 - ty : ty) * (dx == 0 ? 1 - tx : tx);
            yield return new Corner(z + dz, y + dy, x + dx, vote / 1000, vote);
        }
    }

    private readonly record struct Corner(int Z, int Y, int X, double Weight, float Weight1000)
    {
        public void Deconstruct(out int z, out int y, out int x, out double weight) => (z, y, x, weight) = (Z, Y, X, Weight);
    }

    private sealed class Turned
    {
        private readonly OutsideTest _test;

        public Turned(int seed)
        {
            var random = new Random(seed);
            InPlane = seed % 2 == 0;
            Loaded = new VolumeShape(random.Next(2, 16), random.Next(2, 16), random.Next(2, 40));
            To = new VolumeShape(InPlane ? Loaded.Z : random.Next(1, 12), random.Next(1, 12), random.Next(1, 34));
            double Angle() => (random.NextDouble() - 0.5) * (random.Next(4) == 0 ? 0 : Math.PI);
            double Scale() => random.Next(4) == 0 ? 1 : 0.7 + (0.7 * random.NextDouble());
            Map = InPlane ? Affine.Compose(Angle(), 0, 0, 1, Scale(), Scale()) : Affine.Compose(Angle(), Angle(), Angle(), Scale(), Scale(), Scale());
            // A volume that ends within the loaded patch, or lies all around it.
            var low = new VolumeShape(random.Next(-8, 9), random.Next(-8, 9), random.Next(-8, 9));
            var volume = new VolumeShape(random.Next(1, 30), random.Next(1, 30), random.Next(1, 60));
            var box = new Box(low, new(low.Z + Loaded.Z, low.Y + Loaded.Y, low.X + Loaded.X));
            Window = Window.Needed(box, volume, To, Map, InPlane);
            _test = new OutsideTest(Loaded, InPlane);
        }

        public bool InPlane { get; }

        public VolumeShape Loaded { get; }

        public VolumeShape To { get; }

        public Affine Map { get; }

        public Window Window { get; }

        /// <summary>A value of the window, by its place in the loaded patch; null where the window does not reach.</summary>
        public T? At<T>(T[] values, int z, int y, int x) where T : struct
        {
            if (Window.IsEmpty) return null;
            var (low, size) = (Window.Part.Low, Window.Part.Shape);
            return Naive.Holds(size, z - low.Z, y - low.Y, x - low.X) ? values[Naive.Index(size, z - low.Z, y - low.Y, x - low.X)] : null;
        }

        public IEnumerable<(float Z, float Y, float X, bool Outside)> Sources()
        {
            var row = InPlane ? new SourceRow(Loaded with { Z = 1 }, To with { Z = 1 }, Map) : new SourceRow(Loaded, To, Map);
            var result = new List<(float, float, float, bool)>();
            foreach (var (z, y, x) in Naive.Voxels(To))
            {
                row.Begin(InPlane ? 0 : z, y);
                var c = row.At(x);
                result.Add((InPlane ? z : c[0], c[1], c[2], _test.IsOutside(c)));
            }

            return result;
        }
    }
}
