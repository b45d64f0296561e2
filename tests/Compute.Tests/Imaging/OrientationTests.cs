using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Imaging.Formats;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Read, process, write puts each voxel where it was: for the 48 axis orders, straight and oblique, with each reader.</summary>
public class OrientationTests
{
    private static readonly string[] Readers = ["SimpleITKIO", "SimpleITKIOWithReorient", "NibabelIO", "NibabelIOWithReorient"];

    public static IEnumerable<string> Codes()
    {
        foreach (var axes in (string[])["RAS", "RSA", "ARS", "ASR", "SRA", "SAR"])
            for (var flips = 0; flips < 8; flips++)
                yield return string.Concat(axes.Select((c, i) => (flips >> i & 1) == 0 ? c : Against(c)));
    }

    public static TheoryData<string, string> EveryReaderAndOrder()
    {
        var all = new TheoryData<string, string>();
        foreach (var reader in Readers)
            foreach (var code in Codes())
                all.Add(reader, code);
        return all;
    }

    [Fact]
    public void There_are_48_axis_orders_and_each_is_recognised()
    {
        Assert.Equal(48, Codes().Distinct().Count());
        foreach (var code in Codes())
        {
            Assert.Equal(code, Orientation.Parse(code).Code);
            Assert.Equal(code, Orientation.Of(AffineOf(code, [2, 3, 4], Rotation(0, 0, 0), [5, 6, 7])).Code);
        }
    }

    [Theory]
    [MemberData(nameof(EveryReaderAndOrder))]
    public void Every_voxel_stays_where_it_was(string reader, string code) => RoundTrip(reader, code, Rotation(0, 0, 0), [1, 2, 0.5], [-30, 20, 7]);

    [Theory]
    [MemberData(nameof(EveryReaderAndOrder))]
    public void Every_voxel_of_an_oblique_image_stays_where_it_was(string reader, string code) =>
        RoundTrip(reader, code, Rotation(0.31, -0.22, 0.4), [1.5, 0.7, 3], [100, -20, 3]);

    [Property(MaxTest = 200)]
    public Property Any_rotation_and_any_extent_survives()
    {
        var angle = Gen.Choose(-314, 314).Select(a => a / 100.0);
        var step = Gen.Choose(1, 500).Select(s => s / 100.0);
        var place = from reader in Gen.Elements(Readers)
                    from code in Gen.Elements(Codes().ToArray())
                    from angles in angle.ArrayOf(3)
                    from steps in step.ArrayOf(3)
                    select (reader, code, angles, steps);
        return Prop.ForAll(place.ToArbitrary(), p => RoundTrip(p.reader, p.code, Rotation(p.angles[0], p.angles[1], p.angles[2]), p.steps, [1, -2, 3]));
    }

    [Fact]
    public void The_reorienting_readers_hand_over_arrays_that_run_to_R_A_and_S()
    {
        using var folder = new TemporaryFolder();
        foreach (var code in Codes())
        {
            var (file, shape, affine) = Write(folder, code, Rotation(0, 0, 0), [1, 2, 3], [0, 0, 0]);
            foreach (var reader in (string[])["SimpleITKIOWithReorient", "NibabelIOWithReorient"])
            {
                var image = ImageReaderWriters.ByName(reader).ReadImages([file]);
                Assert.Equal(Orientation.Parse(code).Turned(shape), image.Data.Shape);
                Assert.Equal([3, 2, 1], Sorted(image.Spacing.ToArray()));
                Assert.True(Orientation.Of(image.Geometry is NibabelGeometry n ? n.Reoriented! : Affine.Of(image.Geometry)).IsRas);
            }

            Assert.Equal(code, Orientation.Of(affine).Code);
        }
    }

    private static double[] Sorted(IEnumerable<double> numbers) => [.. numbers.OrderDescending()];

    // A number a voxel, written with an affine of our own; the reader's array goes through its writer; both files are looked up by place in the world.
    private static void RoundTrip(string reader, string code, double[,] rotation, double[] steps, double[] origin)
    {
        using var folder = new TemporaryFolder();
        var (file, shape, _) = Write(folder, code, rotation, steps, origin);
        var io = ImageReaderWriters.ByName(reader);
        var image = io.ReadImages([file]);
        var labels = Array.ConvertAll(image.Data.Data, v => (ushort)v);
        var written = folder.File("out.nii.gz");
        io.WriteLabels(written, labels, image.Data.Shape, image.Geometry);
        using var before = NibabelFile.Open(file);
        using var after = NibabelFile.Open(written);
        var (wanted, found) = (before.Source.ReadArray<double>(), after.Source.ReadArray<double>());
        Assert.Equal(before.Source.Header.Size, after.Source.Header.Size);
        Assert.Equal(wanted, found);
        Assert.Equal((int)shape.Voxels, found.Length);
        ReferenceNear(before.Affine.Values, after.Affine.Values);
    }

    private static (string File, VolumeShape Shape, Affine Affine) Write(TemporaryFolder folder, string code, double[,] rotation, double[] steps, double[] origin)
    {
        var shape = new VolumeShape(2, 3, 4);
        var affine = AffineOf(code, steps, rotation, origin);
        var file = folder.File("in.nii.gz");
        var builder = new NiftiBuilder(false, 512, 16, (short)shape.X, (short)shape.Y, (short)shape.Z);
        for (var axis = 0; axis < 3; axis++) builder.Single(80 + (4 * axis), (float)affine.Steps()[axis]);
        builder.SForm(1, [.. affine.Values.Take(12).Select(v => (float)v)]);
        builder.Save(file, [.. Enumerable.Range(0, (int)shape.Voxels).SelectMany(i => BitConverter.GetBytes((ushort)((i * 7) + 1)))]);
        return (file, shape, affine);
    }

    private static Affine AffineOf(string code, double[] steps, double[,] rotation, double[] origin)
    {
        var values = new double[16];
        values[15] = 1;
        for (var axis = 0; axis < 3; axis++)
        {
            var world = "RAS".IndexOf(code[axis]) is >= 0 and var towards ? towards : "LPI".IndexOf(code[axis]);
            var sign = "RAS".Contains(code[axis]) ? 1 : -1;
            for (var row = 0; row < 3; row++) values[(4 * row) + axis] = sign * steps[axis] * rotation[row, world];
            values[(4 * axis) + 3] = origin[axis];
        }

        return new Affine(values);
    }

    private static double[,] Rotation(double a, double b, double c)
    {
        var (sa, ca, sb, cb, sc, cc) = (Math.Sin(a), Math.Cos(a), Math.Sin(b), Math.Cos(b), Math.Sin(c), Math.Cos(c));
        return new[,]
        {
            { cb * cc, (sa * sb * cc) - (ca * sc), (ca * sb * cc) + (sa * sc) },
            { cb * sc, (sa * sb * sc) + (ca * cc), (ca * sb * sc) - (sa * cc) },
            { -sb, sa * cb, ca * cb },
        };
    }

    private static char Against(char c) => "LPI"["RAS".IndexOf(c)];

    private static void ReferenceNear(IReadOnlyList<double> expected, IReadOnlyList<double> found)
    {
        foreach (var (wanted, value) in expected.Zip(found)) Assert.True(Math.Abs(wanted - value) <= 1e-4 * (1 + Math.Abs(wanted)), $"{wanted} expected, {value} found");
    }
}
