using ActorSeg.Compute.Imaging;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Pictures and stacks: what is written is read, colours become channels, and spacings are found beside stacks.</summary>
public sealed class RasterFormatsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 60)]
    public Property A_picture_of_any_size_and_depth_survives_PNG_and_TIFF() => Prop.ForAll(
        (from width in Gen.Choose(1, 40)
         from height in Gen.Choose(1, 40)
         from components in Gen.Elements(1, 3, 4)
         from wide in Gen.Elements(true, false)
         from ending in Gen.Elements(".png", ".tif")
         from seed in Gen.Choose(0, 1000)
         select (width, height, components, wide, ending, seed)).ToArbitrary(),
        p =>
        {
            var header = ImageHeader.WithoutGeometry("", p.wide ? VoxelType.UInt16 : VoxelType.UInt8, [p.width, p.height]) with
            {
                Components = p.components,
                Kind = p.components switch { 1 => VoxelKind.Scalar, 3 => VoxelKind.Rgb, _ => VoxelKind.Rgba },
            };
            var random = new Random(p.seed);
            var values = Enumerable.Range(0, (int)header.Values).Select(_ => (ushort)random.Next(p.wide ? 65536 : 256)).ToArray();
            var file = _folder.File("a" + p.ending);
            if (p.wide) ImageFormats.Write<ushort>(file, values, header);
            else ImageFormats.Write<byte>(file, Array.ConvertAll(values, v => (byte)v), header);
            using var source = ImageFormats.Open(file);
            Assert.Equal((header.Type, header.Kind, header.Components), (source.Header.Type, source.Header.Kind, source.Header.Components));
            Assert.Equal(header.Size, source.Header.Size);
            Assert.Equal(values, source.ReadArray<ushort>());
        });

    [Property(MaxTest = 40)]
    public Property A_stack_of_any_type_survives_TIFF() => Prop.ForAll(
        (from size in Gen.Choose(1, 12).ArrayOf(3) from type in Gen.Elements(Enum.GetValues<VoxelType>()) select (size, type)).ToArbitrary(),
        p =>
        {
            int[] size = [p.size[0], p.size[1], p.size[2] + 1];
            p.type.With(new Writing(_folder.File("a.tiff"), ImageHeader.WithoutGeometry("", p.type, size)));
            using var source = ImageFormats.Open(_folder.File("a.tiff"));
            Assert.Equal(p.type, source.Header.Type);
            Assert.Equal(size, source.Header.Size);
            Assert.Equal(Enumerable.Range(0, size[0] * size[1] * size[2]).Select(i => i * 13 % 120.0), source.ReadArray<double>());
        });

    [Fact]
    public void Interlaced_and_indexed_pictures_are_read()
    {
        var pixels = Enumerable.Range(0, 25).Select(i => i % 3).ToArray();
        File.WriteAllBytes(_folder.File("i.png"), PngBuilder.Interlaced(5, 5, pixels, [10, 20, 30, 40, 50, 60, 70, 80, 90]));
        using var source = ImageFormats.Open(_folder.File("i.png"));
        Assert.Equal((3, VoxelKind.Rgb), (source.Header.Components, source.Header.Kind));
        Assert.Equal(pixels.SelectMany(p => new double[] { (30 * p) + 10, (30 * p) + 20, (30 * p) + 30 }), source.ReadArray<double>());
    }

    [Fact]
    public void BMP_and_JPEG_are_read_grey_and_in_colour()
    {
        File.WriteAllBytes(_folder.File("g.bmp"), Pictures2D.Bmp(7, 5, 8));
        File.WriteAllBytes(_folder.File("c.bmp"), Pictures2D.Bmp(9, 4, 24));
        File.WriteAllBytes(_folder.File("g.jpg"), Pictures2D.Jpeg(16, 12, grey: true));
        File.WriteAllBytes(_folder.File("c.jpeg"), Pictures2D.Jpeg(17, 9, grey: false));
        Assert.Equal(Enumerable.Range(0, 35).Select(i => (10.0 * (i % 7)) + (i / 7)), Values("g.bmp", 1));
        Assert.Equal(Enumerable.Range(0, 36).SelectMany(i => new double[] { i % 9, i / 9, 7 }), Values("c.bmp", 3));
        Assert.All(Values("g.jpg", 1), v => Assert.InRange(v, 88, 92));
        Assert.All(Values("c.jpeg", 3).Chunk(3), c => Assert.True(Math.Abs(c[0] - 200) < 4 && Math.Abs(c[1] - 100) < 4 && Math.Abs(c[2] - 50) < 4));
        Assert.Contains(".png", Assert.Throws<DataException>(() => ImageFormats.Write<byte>(_folder.File("x.jpg"), [1], ImageHeader.WithoutGeometry("", VoxelType.UInt8, [1, 1]))).Message);
    }

    [Fact]
    public void Colours_are_channels_and_labels_stay_pictures()
    {
        byte[] rgb = [1, 2, 3, 11, 12, 13];
        ImageFormats.Write<byte>(_folder.File("c_0000.png"), rgb, ImageHeader.WithoutGeometry("", VoxelType.UInt8, [2, 1]) with { Components = 3, Kind = VoxelKind.Rgb });
        var reader = ImageReaderWriters.ByName("NaturalImage2DIO");
        var image = reader.ReadImages([_folder.File("c_0000.png")]);
        Assert.Equal((3, new VolumeShape(1, 1, 2), new Spacing(999, 1, 1)), (image.Data.Channels, image.Data.Shape, image.Spacing));
        Assert.Equal([1, 11, 2, 12, 3, 13], image.Data.Data);
        Assert.Contains("colours", Assert.Throws<DataException>(() => reader.ReadLabels(_folder.File("c_0000.png"))).Message);
        reader.WriteLabels(_folder.File("c.png"), [0, 300], image.Data.Shape, image.Geometry);
        Assert.Equal([0, 300], reader.ReadLabels(_folder.File("c.png")).Data.Data);
    }

    [Fact]
    public void A_stack_has_its_spacing_beside_it()
    {
        var reader = ImageReaderWriters.ByName("Tiff3DIO");
        var shape = new VolumeShape(3, 2, 4);
        var place = new SpacingOnlyGeometry(new Spacing(3, 0.5, 0.7));
        reader.WriteImage(_folder.File("c_0000.tif"), [.. Enumerable.Range(0, 24).Select(i => i / 2f)], shape, place);
        Assert.Equal("{\"spacing\": [3, 0.5, 0.7]}", File.ReadAllText(_folder.File("c.json")).Trim());
        var image = reader.ReadImages([_folder.File("c_0000.tif")]);
        Assert.Equal((shape, new Spacing(3, 0.5, 0.7)), (image.Data.Shape, image.Spacing));
        Assert.Equal((shape, image.Spacing), reader.ReadHeader(_folder.File("c_0000.tif")));
        Assert.Equal(Enumerable.Range(0, 24).Select(i => i / 2f), image.Data.Data);
        reader.WriteLabels(_folder.File("c.tif"), new ushort[24], shape, image.Geometry);
        Assert.Equal(image.Spacing, reader.ReadLabels(_folder.File("c.tif")).Spacing);
        foreach (var bad in (string[])["{}", "[1,2,3]", "{\"spacing\": [1, 0, 1]}", "{\"spacing\": [1, \"a\", 1]}", "{", "{\"spacing\": [null, 1, 1]}"])
        {
            File.WriteAllText(_folder.File("c.json"), bad);
            Assert.StartsWith(_folder.File("c.json"), Assert.Throws<DataException>(() => reader.ReadImages([_folder.File("c_0000.tif")])).Message);
        }
    }

    [Fact]
    public void A_stack_is_chosen_its_reader_by_trying()
    {
        ImageFormats.Write<byte>(_folder.File("flat_0000.tif"), new byte[6], ImageHeader.WithoutGeometry("", VoxelType.UInt8, [3, 2]));
        ImageFormats.Write<byte>(_folder.File("stack_0000.tif"), new byte[12], ImageHeader.WithoutGeometry("", VoxelType.UInt8, [3, 2, 2]));
        var json = Compute.Files.NnUnetJson.Parse("""{"channel_names": {"0": "CT"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".tif"}""", "d").AsObject();
        var dataset = Compute.Datasets.DatasetJson.Parse(json, "dataset.json");
        Assert.Equal("NaturalImage2DIO", ImageReaderWriters.Choose(dataset, _folder.File("flat_0000.tif")).Name);
        Assert.Equal("Tiff3DIO", ImageReaderWriters.Choose(dataset, _folder.File("stack_0000.tif")).Name);
    }

    [Fact]
    public void A_ring_of_TIFF_directories_ends()
    {
        ImageFormats.Write<byte>(_folder.File("a.tif"), new byte[12], ImageHeader.WithoutGeometry("", VoxelType.UInt8, [3, 2, 2]));
        var bytes = File.ReadAllBytes(_folder.File("a.tif"));
        var first = BitConverter.ToInt32(bytes, 4);
        var next = first + 2 + (12 * BitConverter.ToInt16(bytes, first));
        BitConverter.GetBytes(first).CopyTo(bytes, next);
        File.WriteAllBytes(_folder.File("a.tif"), bytes);
        Assert.Contains("ring", Assert.Throws<DataException>(() => ImageFormats.Open(_folder.File("a.tif"))).Message);
    }

    private double[] Values(string name, int components)
    {
        using var source = ImageFormats.Open(_folder.File(name));
        Assert.Equal(components, source.Header.Components);
        return source.ReadArray<double>();
    }

    private sealed class Writing(string file, ImageHeader header) : IVoxelAction
    {
        public void Run<T>() where T : unmanaged, System.Numerics.INumber<T> =>
            ImageFormats.Write<T>(file, [.. Enumerable.Range(0, (int)header.Voxels).Select(i => T.CreateTruncating(i * 13 % 120))], header);
    }
}
