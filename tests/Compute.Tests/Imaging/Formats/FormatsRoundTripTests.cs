using System.Numerics;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Imaging;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Imaging.Formats;

/// <summary>What is written in NRRD, MetaImage and GIPL comes back.</summary>
public class FormatsRoundTripTests
{
    private static readonly string[] Turned = [".nrrd", ".nhdr", ".mha", ".mhd"];
    private static readonly string[] All = [.. Turned, ".gipl", ".gipl.gz"];

    [Property(MaxTest = 60)]
    public Property Values_size_and_place_of_any_type_survive() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ToArbitrary(),
        seed =>
        {
            var random = new System.Random(seed);
            var ending = All[random.Next(All.Length)];
            var header = Header(random, random.Next(1, 5), turned: Turned.Contains(ending), components: Turned.Contains(ending) ? random.Next(1, 5) : 1);
            return (random.Next(ending.StartsWith(".gipl") ? 8 : 10) switch
            {
                0 => Survives<byte>(ending, header, random),
                1 => Survives<sbyte>(ending, header, random),
                2 => Survives<short>(ending, header, random),
                3 => Survives<ushort>(ending, header, random),
                4 => Survives<int>(ending, header, random),
                5 => Survives<uint>(ending, header, random),
                6 => Survives<float>(ending, header, random),
                7 => Survives<double>(ending, header, random),
                8 => Survives<long>(ending, header, random),
                _ => Survives<ulong>(ending, header, random),
            }).Label($"{ending} {string.Join("x", header.Size)} of {header.Components}");
        });

    [Theory]
    [InlineData(".nrrd", VoxelKind.Rgb, 3, VoxelKind.Rgb)]
    [InlineData(".nhdr", VoxelKind.Rgba, 4, VoxelKind.Rgba)]
    [InlineData(".nrrd", VoxelKind.Complex, 2, VoxelKind.Complex)]
    [InlineData(".nrrd", VoxelKind.Vector, 5, VoxelKind.Vector)]
    [InlineData(".mha", VoxelKind.Rgb, 3, VoxelKind.Vector)]
    [InlineData(".mhd", VoxelKind.Vector, 2, VoxelKind.Vector)]
    public void What_components_mean_survives_where_the_format_can_say_it(string ending, VoxelKind kind, int components, VoxelKind found)
    {
        using var folder = new TemporaryFolder();
        var header = ImageHeader.WithoutGeometry("", VoxelType.UInt8, [2, 3]) with { Kind = kind, Components = components };
        byte[] values = [.. Enumerable.Range(0, 6 * components).Select(i => (byte)i)];
        ImageFormats.Write<byte>(folder.File($"a{ending}"), values, header);
        using var source = ImageFormats.Open(folder.File($"a{ending}"));
        Assert.Equal((found, components), (source.Header.Kind, source.Header.Components));
        Assert.Equal([2, 3], source.Header.Size);
        Assert.Equal(values, source.ReadArray<byte>());
    }

    [Theory]
    [InlineData(".nrrd", "a.nrrd")]
    [InlineData(".nhdr", "a.nhdr a.raw.gz")]
    [InlineData(".mha", "a.mha")]
    [InlineData(".mhd", "a.mhd a.zraw")]
    [InlineData(".gipl", "a.gipl")]
    public void Only_the_image_is_left_in_its_folder_and_writing_again_replaces_it(string ending, string left)
    {
        using var folder = new TemporaryFolder();
        var header = ImageHeader.WithoutGeometry("", VoxelType.Int16, [2, 2, 2]);
        ImageFormats.Write<short>(folder.File($"a{ending}"), new short[8], header);
        ImageFormats.Write<short>(folder.File($"a{ending}"), [1, 2, 3, 4, 5, 6, 7, -8], header);
        Assert.Equal(left, string.Join(' ', Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order()));
        using var source = ImageFormats.Open(folder.File($"a{ending}"));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, -8], source.ReadArray<short>());
    }

    [Fact]
    public void Labels_and_floats_pass_through_the_reader_writer_of_nnUNet_in_every_format()
    {
        var reader = new SimpleItkReaderWriter();
        var geometry = new ImageGeometry([0.5, 0.75, 2], [-10.25, 3, 7], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        var shape = new VolumeShape(2, 2, 3);
        using var folder = new TemporaryFolder();
        foreach (var ending in All)
        {
            reader.WriteLabels(folder.File($"l{ending}"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 300], shape, geometry);
            reader.WriteImage(folder.File($"i{ending}"), [.. Enumerable.Range(0, 12).Select(i => i / 7f)], shape, geometry);
            var (labels, image) = (reader.ReadLabels(folder.File($"l{ending}")), reader.ReadImages([folder.File($"i{ending}")]));
            Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 300], labels.Data.Data);
            Assert.Equal(Enumerable.Range(0, 12).Select(i => i / 7f), image.Data.Data);
            Assert.Equal(shape, image.Data.Shape);
            Assert.Equal(geometry.Spacing, image.Geometry.Spacing);
            Assert.Equal(geometry.Origin, image.Geometry.Origin);
            Assert.Equal(geometry.Direction, labels.Geometry.Direction);
        }
    }

    [Theory]
    [InlineData("LIST of images.mhd")]
    [InlineData("50%.nhdr")]
    [InlineData("list.mhd")]
    public void A_data_file_that_a_reader_would_take_for_something_else_is_not_written(string name)
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DataException>(() => ImageFormats.Write<byte>(folder.File(name), [1], ImageHeader.WithoutGeometry("", VoxelType.UInt8, [1, 1])));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void What_GIPL_cannot_hold_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("a.gipl");
        var plain = ImageHeader.WithoutGeometry("", VoxelType.UInt8, [2, 2]);
        Assert.Contains("turned", Refused<byte>(new byte[4], plain with { Direction = [0, 1, 1, 0] }));
        Assert.Contains("int64", Refused<long>(new long[4], plain));
        Assert.Contains("3 x uint8", Refused<byte>(new byte[12], plain with { Components = 3, Kind = VoxelKind.Rgb }));
        Assert.Contains("65535", Refused<byte>(new byte[70000], ImageHeader.WithoutGeometry("", VoxelType.UInt8, [70000, 1])));
        Assert.Empty(Directory.GetFiles(folder.Path));

        string Refused<T>(T[] values, ImageHeader header) where T : unmanaged => Assert.Throws<DataException>(() => ImageFormats.Write<T>(file, values, header)).Message;
    }

    private static bool Survives<T>(string ending, ImageHeader header, System.Random random) where T : unmanaged, INumber<T>
    {
        var values = new T[header.Values];
        random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        for (var i = 0; i < values.Length; i++)
            if (T.IsNaN(values[i]))
                values[i] = T.Zero;
        using var folder = new TemporaryFolder();
        var file = folder.File($"a{ending}");
        ImageFormats.Write<T>(file, values, header);
        using var source = ImageFormats.Open(file);
        var found = source.Header;
        // GIPL keeps spacing as float32; NRRD keeps spacing times direction.
        return found.Type == VoxelTypes.Of<T>() && found.Components == header.Components && found.Size.SequenceEqual(header.Size)
            && source.ReadArray<T>().SequenceEqual(values) && Near(header.Origin, found.Origin, 0)
            && Near(header.Spacing, found.Spacing, ending.StartsWith(".gipl") ? 1e-7 : 1e-14) && Near(header.Direction, found.Direction, ending.StartsWith(".m") ? 0 : 1e-14);
    }

    private static bool Near(IEnumerable<double> a, IEnumerable<double> b, double relative) =>
        a.Count() == b.Count() && a.Zip(b).All(p => Math.Abs(p.First - p.Second) <= relative * (1 + Math.Abs(p.First)));

    private static ImageHeader Header(System.Random random, int axes, bool turned, int components)
    {
        // A last axis of one entry beyond the third would be dropped.
        int[] size = [.. Enumerable.Range(0, axes).Select(axis => random.Next(axis > 2 ? 2 : 1, 6))];
        var direction = ImageHeader.IdentityDirection(axes);
        for (var turn = 0; turned && axes > 1 && turn < 4; turn++)
        {
            var (a, b) = (random.Next(axes), random.Next(axes));
            if (a != b) Rotate(direction, axes, a, b, random.NextDouble() * 6);
        }

        return new ImageHeader
        {
            Format = "",
            Type = VoxelType.UInt8,
            Kind = components == 1 ? VoxelKind.Scalar : VoxelKind.Vector,
            Components = components,
            Size = size,
            Spacing = [.. size.Select(_ => 0.01 + (random.NextDouble() * 10))],
            Origin = [.. size.Select(_ => (random.NextDouble() - 0.5) * 1000)],
            Direction = direction,
        };
    }

    private static void Rotate(double[] direction, int axes, int a, int b, double angle)
    {
        for (var row = 0; row < axes; row++)
        {
            var (u, v) = (direction[(row * axes) + a], direction[(row * axes) + b]);
            direction[(row * axes) + a] = (Math.Cos(angle) * u) + (Math.Sin(angle) * v);
            direction[(row * axes) + b] = (Math.Cos(angle) * v) - (Math.Sin(angle) * u);
        }
    }
}
