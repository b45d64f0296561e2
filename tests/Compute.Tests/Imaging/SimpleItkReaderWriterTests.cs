using System.Buffers.Binary;
using ActorSeg.Compute.Imaging;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Imaging;

public class SimpleItkReaderWriterTests
{
    private static readonly SimpleItkReaderWriter Reader = new();
    private static readonly ImageGeometry Unit = new([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    [Theory]
    [InlineData((short)2, 8, 200, 200f)]
    [InlineData((short)256, 8, 200, -56f)]
    [InlineData((short)4, 16, -3, -3f)]
    [InlineData((short)512, 16, -3, 65533f)]
    [InlineData((short)8, 32, -70000, -70000f)]
    [InlineData((short)768, 32, -2, 4294967294f)]
    [InlineData((short)1024, 64, -70000, -70000f)]
    [InlineData((short)1280, 64, 70000, 70000f)]
    public void Every_integer_type_is_read_in_both_byte_orders(short type, int bits, long value, float expected)
    {
        using var folder = new TemporaryFolder();
        foreach (var big in new[] { false, true })
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            bytes = bytes[..(bits / 8)];
            if (big) Array.Reverse(bytes);
            var file = new NiftiBuilder(big, type, (short)bits, 1, 1, 1).Save(folder.File($"{big}.nii.gz"), bytes);
            Assert.Equal([expected], Reader.ReadImages([file]).Data.Data);
        }
    }

    [Fact]
    public void Floats_that_are_not_finite_become_zero_as_ITK_makes_them()
    {
        using var folder = new TemporaryFolder();
        var singles = new float[] { 1.5f, float.NaN, float.PositiveInfinity, -2 }.SelectMany(BitConverter.GetBytes).ToArray();
        var doubles = new double[] { 1.5, double.NaN, double.NegativeInfinity, -2 }.SelectMany(BitConverter.GetBytes).ToArray();
        Assert.Equal([1.5f, 0, 0, -2], Reader.ReadImages([new NiftiBuilder(false, 16, 32, 4, 1, 1).Save(folder.File("s.nii"), singles)]).Data.Data);
        Assert.Equal([1.5f, 0, 0, -2], Reader.ReadImages([new NiftiBuilder(false, 64, 64, 4, 1, 1).Save(folder.File("d.nii"), doubles)]).Data.Data);
    }

    [Fact]
    public void Slope_and_intercept_scale_the_values_but_a_slope_of_zero_does_not()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal([7f, 9],
            Reader.ReadImages([new NiftiBuilder(false, 2, 8, 2, 1, 1).Single(112, 2).Single(116, 3).Save(folder.File("a.nii"), 2, 3)]).Data.Data);
        Assert.Equal([2f, 3], Reader.ReadImages([new NiftiBuilder(false, 2, 8, 2, 1, 1).Single(112, 0).Save(folder.File("b.nii"), 2, 3)]).Data.Data);
    }

    [Fact]
    public void A_two_dimensional_image_is_one_slice_with_a_huge_slice_distance()
    {
        using var folder = new TemporaryFolder();
        var file = new NiftiBuilder(false, 2, 8, 3, 2).Single(80, 0.5f).Single(84, 0.25f).Save(folder.File("a.nii.gz"), 1, 2, 3, 4, 5, 6);
        var image = Reader.ReadImages([file]);
        Assert.Equal((1, new VolumeShape(1, 2, 3)), (image.Data.Channels, image.Data.Shape));
        Assert.Equal(new Spacing(999 * 0.5, 0.25, 0.5), image.Spacing);
        Assert.Equal(2, image.Geometry.Spacing.Count);
        Assert.Equal(4, image.Geometry.Direction.Count);
    }

    [Fact]
    public void A_fourth_axis_is_channels_and_a_fourth_axis_of_one_is_none()
    {
        using var folder = new TemporaryFolder();
        var four = Reader.ReadImages([new NiftiBuilder(false, 2, 8, 2, 1, 1, 3).Save(folder.File("a.nii"), 1, 2, 3, 4, 5, 6)]);
        Assert.Equal((3, new VolumeShape(1, 1, 2)), (four.Data.Channels, four.Data.Shape));
        Assert.Equal([3f, 4], four.Data.Channel(1).ToArray());
        Assert.Equal(1, Reader.ReadImages([new NiftiBuilder(false, 2, 8, 2, 1, 1, 1).Save(folder.File("b.nii"), 1, 2)]).Data.Channels);
    }

    [Fact]
    public void Without_qform_and_sform_the_image_lies_at_the_origin_in_LPS_and_is_not_scaled()
    {
        using var folder = new TemporaryFolder();
        var image = Reader.ReadImages([new NiftiBuilder(false, 2, 8, 1, 1, 1).SForm(0, []).Single(112, 5).Save(folder.File("a.nii"), 7)]);
        Assert.Equal(Unit.Direction, image.Geometry.Direction);
        Assert.Equal(Unit.Origin, image.Geometry.Origin);
        Assert.Equal([7f], image.Data.Data);
    }

    [Fact]
    public void The_qform_wins_over_an_sform_of_another_kind_that_disagrees()
    {
        using var folder = new TemporaryFolder();
        float[] sform = [1, 0, 0, 10, 0, 1, 0, 20, 0, 0, 1, 30];
        ImageGeometry Read(short code, float offset)
        {
            var file = new NiftiBuilder(false, 2, 8, 1, 1, 1).SForm(code, sform).QForm(1, 0, 0, 0, offset, 20, 30).Save(folder.File("a.nii"), 7);
            return Reader.ReadImages([file]).Geometry;
        }

        Assert.Equal([-10, -20, 30], Read(1, 50).Origin);
        Assert.Equal([-50, -20, 30], Read(2, 50).Origin);
        Assert.Equal([-10, -20, 30], Read(2, 10).Origin);
    }

    [Fact]
    public void A_skewed_sform_without_qform_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = new NiftiBuilder(false, 2, 8, 1, 1, 1).SForm(1, [1, 0.2f, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]).Save(folder.File("a.nii"), 7);
        Assert.Contains("sform", Assert.Throws<DataException>(() => Reader.ReadImages([file])).Message);
    }

    [Fact]
    public void Channels_are_stacked_in_order_and_must_share_shape_and_spacing()
    {
        using var folder = new TemporaryFolder();
        var a = new NiftiBuilder(false, 2, 8, 2, 1, 1).Save(folder.File("a_0000.nii.gz"), 1, 2);
        var b = new NiftiBuilder(false, 2, 8, 2, 1, 1).Save(folder.File("a_0001.nii.gz"), 3, 4);
        var wide = new NiftiBuilder(false, 2, 8, 3, 1, 1).Save(folder.File("wide.nii.gz"), 3, 4, 5);
        var coarse = new NiftiBuilder(false, 2, 8, 2, 1, 1).Single(80, 1.1f).Save(folder.File("coarse.nii.gz"), 3, 4);
        Assert.Equal([1f, 2, 3, 4], Reader.ReadImages([a, b]).Data.Data);
        Assert.Contains("wide.nii.gz", Assert.Throws<DataException>(() => Reader.ReadImages([a, wide])).Message);
        Assert.Contains("1.1", Assert.Throws<DataException>(() => Reader.ReadImages([a, coarse])).Message);
    }

    [Theory]
    [InlineData(254, 1, 2)]
    [InlineData(255, 2, 512)]
    [InlineData(300, 2, 512)]
    public void Labels_are_written_as_narrow_as_nnUNet_writes_them(ushort largest, int bytes, short type)
    {
        using var folder = new TemporaryFolder();
        Reader.WriteLabels(folder.File("a.nii"), [0, largest, 3, 0], new VolumeShape(1, 2, 2), Unit);
        var written = File.ReadAllBytes(folder.File("a.nii"));
        Assert.Equal(352 + (4 * bytes), written.Length);
        Assert.Equal(type, BinaryPrimitives.ReadInt16LittleEndian(written.AsSpan(70)));
        Assert.Equal([0f, largest, 3, 0], Reader.ReadLabels(folder.File("a.nii")).Data.Data);
        Assert.Equal(["a.nii"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_two_dimensional_label_map_is_written_in_two_dimensions()
    {
        using var folder = new TemporaryFolder();
        var geometry = new ImageGeometry([0.5, 0.25], [3, 4], [0, 1, 1, 0]);
        Reader.WriteLabels(folder.File("a.nii.gz"), [0, 1, 2, 3, 4, 5], new VolumeShape(1, 2, 3), geometry);
        var image = Reader.ReadLabels(folder.File("a.nii.gz"));
        Assert.Equal(geometry.Spacing, image.Geometry.Spacing);
        Assert.Equal(geometry.Origin, image.Geometry.Origin);
        Assert.Equal(geometry.Direction, image.Geometry.Direction);
    }

    [Property(MaxTest = 200)]
    public Property Any_geometry_survives_writing_in_qform_and_sform() => Prop.ForAll(
        Gen.Choose(-1000, 1000).ArrayOf(11).ToArbitrary(),
        numbers =>
        {
            using var folder = new TemporaryFolder();
            var geometry = Geometry(numbers);
            Reader.WriteImage(folder.File("a.nii"), [1, 2, 3, 4, 5, 6], new VolumeShape(3, 2, 1), geometry);
            var bySForm = Reader.ReadImages([folder.File("a.nii")]).Geometry;
            var bytes = File.ReadAllBytes(folder.File("a.nii"));
            BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(254), 0);
            File.WriteAllBytes(folder.File("q.nii"), bytes);
            var byQForm = Reader.ReadImages([folder.File("q.nii")]).Geometry;
            return Near(geometry, bySForm, 2e-5) && Near(geometry, byQForm, QuaternionTolerance);
        });

    // A qform stores b, c, d of the unit quaternion as float32 and leaves a to the reader: a = sqrt(1 - b² - c² - d²). Close to a half turn
    // that is the root of a difference of rounded numbers, so a (and a direction cosine, twice it) is known to sqrt(float32's step) only.
    private const double QuaternionTolerance = 2e-3;

    private static bool Near(ImageGeometry a, ImageGeometry b, double ofDirection) =>
        Near(a.Spacing.Concat(a.Origin), b.Spacing.Concat(b.Origin), 2e-5) && Near(a.Direction, b.Direction, ofDirection);

    private static bool Near(IEnumerable<double> a, IEnumerable<double> b, double tolerance) =>
        a.Zip(b).All(p => Math.Abs(p.First - p.Second) < tolerance * (1 + Math.Abs(p.First)));

    // Spacing, origin and an orthonormal direction (left-handed for half of them) from whole numbers.
    private static ImageGeometry Geometry(int[] n)
    {
        double[] u = [n[0] + 0.5, n[1], n[2]], v = [n[3], n[4] + 0.3, n[5]];
        u = Unit3(u);
        v = Unit3(Cross(u, v) is var w && w.Sum(Math.Abs) < 1 ? [u[1], -u[0], 0.001] : w);
        v = Unit3(Cross(u, Cross(v, u)));
        var third = Cross(u, v);
        if (n[6] < 0) third = [.. third.Select(t => -t)];
        return new ImageGeometry(
            [0.1 + (Math.Abs(n[7]) / 100.0), 0.7, 0.1 + (Math.Abs(n[8]) / 100.0)], [n[9] / 7.0, n[10] / 3.0, n[7] / 11.0],
            [u[0], v[0], third[0], u[1], v[1], third[1], u[2], v[2], third[2]]);
    }

    private static double[] Cross(double[] a, double[] b) => [(a[1] * b[2]) - (a[2] * b[1]), (a[2] * b[0]) - (a[0] * b[2]), (a[0] * b[1]) - (a[1] * b[0])];

    private static double[] Unit3(double[] a) => [.. a.Select(x => x / Math.Sqrt(a.Sum(y => y * y)))];
}
