using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Tests.Networks;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Evaluation;

public class SurfaceScoreTests
{
    private static readonly Spacing Anisotropic = new(3, 0.7, 1.1);

    [Fact]
    public void two_points_are_as_far_apart_as_they_are_in_space()
    {
        var shape = new VolumeShape(3, 4, 5);
        var (reference, prediction) = (Points(shape, (0, 0, 0)), Points(shape, (2, 3, 4)));
        var distance = Math.Sqrt(Math.Pow(2 * 3, 2) + Math.Pow(3 * 0.7, 2) + Math.Pow(4 * 1.1, 2));
        Same(new SurfaceDistances(distance, distance, distance, 0), Score(reference, prediction, shape, Anisotropic, tolerance: 1));
        Assert.Equal(1, Score(reference, prediction, shape, Anisotropic, tolerance: 8).SurfaceDice);
    }

    [Fact]
    public void a_cube_moved_by_one_voxel_by_hand()
    {
        // 3 x 3 x 3 voxels: all but the middle one are surface. Moved by one along x, the two left columns of 9 and 8 stay within the other, whose own middle
        // voxel is no surface: of either 26, 9 lie 1 mm away, the one before the other's middle 1 mm too, and 16 in the other's surface.
        var shape = new VolumeShape(5, 5, 6);
        var (reference, prediction) = (Cube(shape, x: 1), Cube(shape, x: 2));
        var scored = Score(reference, prediction, shape, new Spacing(1, 1, 1), tolerance: 0.5);
        Same(new SurfaceDistances(1, 1, 10.0 / 26, 16.0 / 26), scored);
    }

    [Fact]
    public void equal_maps_have_no_distance()
    {
        var shape = new VolumeShape(5, 5, 6);
        Same(new SurfaceDistances(0, 0, 0, 1), Score(Cube(shape, 1), Cube(shape, 1), shape, Anisotropic, tolerance: 0));
    }

    [Fact]
    public void a_class_in_neither_is_undefined_and_in_one_alone_infinitely_far()
    {
        var shape = new VolumeShape(5, 5, 6);
        Same(new SurfaceDistances(double.NaN, double.NaN, double.NaN, double.NaN), Score(new float[150], new float[150], shape, Anisotropic, 1));
        var lost = new SurfaceDistances(double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, 0);
        Same(lost, Score(Cube(shape, 1), new float[150], shape, Anisotropic, 1));
        Same(lost, Score(new float[150], Cube(shape, 1), shape, Anisotropic, 1));
    }

    [Fact]
    public void a_single_slice_has_an_outline_and_no_faces()
    {
        // A square of 3 x 3: its 8 outer pixels are surface, the middle is not, although nothing lies above it.
        var shape = new VolumeShape(1, 5, 5);
        var reference = new float[25];
        for (var y = 1; y < 4; y++) reference.AsSpan((y * 5) + 1, 3).Fill(1);
        var middle = new float[25];
        middle[12] = 1;
        Same(new SurfaceDistances(Math.Sqrt(2), Math.Sqrt(2), (4 + (4 * Math.Sqrt(2)) + 1) / 9, 5.0 / 9), Score(reference, middle, shape, new Spacing(999, 1, 1), 1));
    }

    [Property(MaxTest = 200)]
    public void distances_are_those_of_all_pairs_of_surface_voxels(byte depth, byte height, byte width, int seed, byte density)
    {
        var shape = new VolumeShape(1 + (depth % 5), 1 + (height % 8), 1 + (width % 8));
        var random = new Random(seed);
        float[] Map() => [.. Enumerable.Range(0, (int)shape.Voxels).Select(_ => random.Next(256) < density ? random.Next(1, 4) : 0f)];
        var (reference, prediction) = (Map(), Map());
        var labels = SmallNetworks.Labels(2, ignore: 3) with { ForegroundClasses = [new LabelClass([1], false), new LabelClass([1, 2], true)] };
        var scored = SurfaceScore.Compute(reference, prediction, shape, Anisotropic, labels, 1.2, CancellationToken.None);
        for (var c = 0; c < 2; c++)
        {
            bool Holds(float[] map, int at) => reference[at] != 3 && labels.ForegroundClasses[c].Labels.Contains((int)map[at]);
            Same(AllPairs(Surface(shape, at => Holds(reference, at)), Surface(shape, at => Holds(prediction, at)), 1.2), scored[c]);
        }
    }

    private static SurfaceDistances AllPairs(List<(int Z, int Y, int X)> one, List<(int Z, int Y, int X)> two, double tolerance)
    {
        static double Far((int Z, int Y, int X) a, (int Z, int Y, int X) b) =>
            Math.Sqrt(Math.Pow((a.Z - b.Z) * Anisotropic.Z, 2) + Math.Pow((a.Y - b.Y) * Anisotropic.Y, 2) + Math.Pow((a.X - b.X) * Anisotropic.X, 2));
        if (one.Count == 0 || two.Count == 0) return SurfaceDistances.Of(new double[one.Count], new double[two.Count], tolerance);
        double[] there = [.. one.Select(a => two.Min(b => Far(a, b)))], back = [.. two.Select(a => one.Min(b => Far(a, b)))];
        return SurfaceDistances.Of(there, back, tolerance);
    }

    private static List<(int Z, int Y, int X)> Surface(VolumeShape shape, Func<int, bool> holds)
    {
        var found = new List<(int, int, int)>();
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
                for (var x = 0; x < shape.X; x++)
                {
                    bool Inside(int c, int b, int a) => c >= 0 && c < shape.Z && b >= 0 && b < shape.Y && a >= 0 && a < shape.X && holds((((c * shape.Y) + b) * shape.X) + a);
                    if (!Inside(z, y, x)) continue;
                    if ((shape.Z > 1 && !(Inside(z - 1, y, x) && Inside(z + 1, y, x))) || (shape.Y > 1 && !(Inside(z, y - 1, x) && Inside(z, y + 1, x)))
                        || (shape.X > 1 && !(Inside(z, y, x - 1) && Inside(z, y, x + 1))))
                        found.Add((z, y, x));
                }

        return found;
    }

    private static float[] Points(VolumeShape shape, params (int Z, int Y, int X)[] points)
    {
        var map = new float[shape.Voxels];
        foreach (var (z, y, x) in points) map[(((z * shape.Y) + y) * shape.X) + x] = 1;
        return map;
    }

    private static float[] Cube(VolumeShape shape, int x) =>
        Points(shape, [.. from c in Enumerable.Range(1, 3) from b in Enumerable.Range(1, 3) from a in Enumerable.Range(x, 3) select (c, b, a)]);

    private static SurfaceDistances Score(float[] reference, float[] prediction, VolumeShape shape, Spacing spacing, double tolerance) =>
        SurfaceScore.Compute(reference, prediction, shape, spacing, SmallNetworks.Labels(1), tolerance, CancellationToken.None)[0];

    private static void Same(SurfaceDistances expected, SurfaceDistances actual)
    {
        foreach (var (one, two) in expected.All.Zip(actual.All)) Assert.Equal((one.Key, Rounded(one.Value)), (two.Key, Rounded(two.Value)));

        // To a millionth of a millionth, relative.
        static double Rounded(double value) => double.IsFinite(value) && value != 0 ? Math.Round(value, 11) : value;
    }
}
