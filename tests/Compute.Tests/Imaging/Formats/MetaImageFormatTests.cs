using System.IO.Compression;
using System.Text;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging.Formats;

/// <summary>MetaImage headers and encodings, written here by hand.</summary>
public class MetaImageFormatTests
{
    private const string Small = "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\n";
    private static readonly byte[] Eight = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData("MET_CHAR", VoxelType.Int8)]
    [InlineData("MET_UCHAR", VoxelType.UInt8)]
    [InlineData("MET_SHORT", VoxelType.Int16)]
    [InlineData("MET_USHORT", VoxelType.UInt16)]
    [InlineData("MET_INT", VoxelType.Int32)]
    [InlineData("MET_LONG", VoxelType.Int32)]
    [InlineData("MET_UINT", VoxelType.UInt32)]
    [InlineData("MET_ULONG", VoxelType.UInt32)]
    [InlineData("MET_LONG_LONG", VoxelType.Int64)]
    [InlineData("MET_ULONG_LONG", VoxelType.UInt64)]
    [InlineData("MET_FLOAT", VoxelType.Float32)]
    [InlineData("MET_DOUBLE", VoxelType.Float64)]
    [InlineData("MET_FLOAT_ARRAY", VoxelType.Float32)]
    public void Types_are_those_of_MetaIO(string name, VoxelType type)
    {
        using var folder = new TemporaryFolder();
        using var source = ImageFormats.Open(Save(folder, $"NDims = 2\nDimSize = 1 1\nElementType = {name}\n", new byte[type.Bytes()]));
        Assert.Equal(type, source.Header.Type);
        Assert.Equal([0.0], source.ReadArray<double>());
    }

    [Fact]
    public void Every_encoding_gives_the_same_voxels()
    {
        using var folder = new TemporaryFolder();
        var (zlib, gzip) = (Zip(Eight, s => new ZLibStream(s, CompressionLevel.Optimal)), Zip(Eight, s => new GZipStream(s, CompressionLevel.Optimal)));
        Assert.Equal(Eight, Read(Save(folder, Small, Eight)));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}CompressedData = True\n", zlib)));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}CompressedData = true\nCompressedDataSize = {zlib.Length}\n", [.. zlib, 1, 2, 3])));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}CompressedData = T\nCompressedDataSize =      {gzip.Length}   \n", gzip)));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}BinaryData = False\n", "1 2 3 4\n5 6 7 8"u8.ToArray())));
    }

    [Theory]
    [InlineData("BinaryDataByteOrderMSB = True", 0x0102)]
    [InlineData("ElementByteOrderMSB = 1", 0x0102)]
    [InlineData("ElementByteOrderMSB = True\nBinaryDataByteOrderMSB = False", 0x0201)]
    [InlineData("", 0x0201)]
    public void Byte_order_has_two_names(string field, short expected)
    {
        using var folder = new TemporaryFolder();
        using var source = ImageFormats.Open(Save(folder, $"NDims = 2\nDimSize = 1 1\nElementType = MET_SHORT\n{field}\n", [1, 2]));
        Assert.Equal([expected], source.ReadArray<short>());
    }

    [Theory]
    [InlineData("Offset = 1 2 3")]
    [InlineData("Position = 1 2 3\nOffset = 7 7 7")]
    [InlineData("Offset = 7 7 7\nPosition = 7 7 7\nOrigin = 1 2 3")]
    [InlineData("offset = 1, 2, 3")]
    public void The_origin_has_several_names(string fields)
    {
        using var folder = new TemporaryFolder();
        Assert.Equal([1, 2, 3], Header(Save(folder, $"{Small}{fields}\n", Eight)).Origin);
    }

    [Theory]
    [InlineData("TransformMatrix")]
    [InlineData("Rotation")]
    [InlineData("Orientation")]
    public void Directions_are_rows_in_the_file_and_columns_here(string name)
    {
        using var folder = new TemporaryFolder();
        var header = Header(Save(folder, $"{Small}{name} = 0 1 0 0 0 1 1 0 0\nElementSpacing = 2 -3 4\nElementSize = 9 9 9\n", Eight));
        // The second axis has a spacing below zero: it points the other way.
        Assert.Equal([0, 0, 1, 1, 0, 0, 0, -1, 0], header.Direction);
        Assert.Equal([2, 3, 4], header.Spacing);
        Assert.Equal([9, 8, 7], Header(Save(folder, $"{Small}ElementSize = 9 8 7\n", Eight)).Spacing);
        Assert.Equal([1, 1, 1], Header(Save(folder, Small, Eight)).Spacing);
    }

    [Fact]
    public void Order_and_case_of_fields_own_fields_and_scaling_are_no_matter()
    {
        using var folder = new TemporaryFolder();
        const string Fields = "My Field = a = b\r\nelementtype = met_uchar\r\nDIMSIZE = 2 2 2\r\n\r\n"
            + "ElementToIntensityFunctionSlope = 5\r\nAnatomicalOrientation = RAI\r\nndims = 3\r\n";
        Assert.Equal(Eight, Read(Save(folder, Fields, Eight)));
    }

    [Fact]
    public void Channels_are_a_vector()
    {
        using var folder = new TemporaryFolder();
        var header = Header(Save(folder, "NDims = 2\nDimSize = 2 2\nElementType = MET_UCHAR\nElementNumberOfChannels = 2\n", Eight));
        Assert.Equal((VoxelKind.Vector, 2), (header.Kind, header.Components));
        Assert.Equal(Eight, Read(folder.File("a.mha")));
    }

    [Fact]
    public void HeaderSize_counts_from_the_start_of_the_file_or_takes_its_end()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("v.raw"), [9, 9, 9, .. Eight, 9]);
        File.WriteAllBytes(folder.File("w.raw"), [9, 9, 9, .. Eight]);
        Assert.Equal(Eight, Read(Detached(folder, "HeaderSize = 3\n", "v.raw")));
        Assert.Equal(Eight, Read(Detached(folder, "HeaderSize = -1\n", "w.raw")));
        var local = $"{Small}HeaderSize = 100\nElementDataFile = LOCAL\n";
        File.WriteAllBytes(folder.File("a.mha"), [.. Encoding.ASCII.GetBytes(local.PadRight(100, '#')), .. Eight]);
        Assert.Equal(Eight, Read(folder.File("a.mha")));
    }

    [Theory]
    [InlineData("one.raw")]
    [InlineData("zipped.raw")]
    [InlineData("sub/one.raw")]
    [InlineData("with space.raw")]
    [InlineData("LIST\ns1.raw\ns2.raw\n")]
    [InlineData("LIST\ns1.raw\r\ns2.raw\r\nbeyond.raw")]
    [InlineData("LIST 1\nr0.raw\nr1.raw\nr2.raw\nr3.raw\n")]
    [InlineData("s%d.raw")]
    [InlineData("s%d.raw 1")]
    [InlineData("s%d.raw 1 2")]
    [InlineData("s%d.raw 1 9 1")]
    [InlineData("t %02d.raw 10 20 10")]
    public void Voxels_are_found_in_one_file_or_several(string name)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("sub"));
        foreach (var whole in new[] { "one.raw", "sub/one.raw", "with space.raw" }) File.WriteAllBytes(folder.File(whole), Eight);
        File.WriteAllBytes(folder.File("zipped.raw.gz"), Zip(Eight, s => new GZipStream(s, CompressionLevel.Optimal)));
        foreach (var half in new[] { "s1.raw", "t 10.raw" }) File.WriteAllBytes(folder.File(half), Eight[..4]);
        foreach (var half in new[] { "s2.raw", "t 20.raw" }) File.WriteAllBytes(folder.File(half), Eight[4..]);
        for (var i = 0; i < 4; i++) File.WriteAllBytes(folder.File($"r{i}.raw"), Eight[(2 * i)..(2 * i + 2)]);
        Assert.Equal(Eight, Read(Detached(folder, "", name)));
    }

    [Fact]
    public void Files_a_slice_may_each_be_compressed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("s1.z"), Zip(Eight[..4], s => new ZLibStream(s, CompressionLevel.Optimal)));
        File.WriteAllBytes(folder.File("s2.z"), Zip(Eight[4..], s => new ZLibStream(s, CompressionLevel.Optimal)));
        Assert.Equal(Eight, Read(Detached(folder, "CompressedData = True\n", "s%d.z")));
        File.WriteAllBytes(folder.File("s2.z"), Zip(Eight[5..], s => new ZLibStream(s, CompressionLevel.Optimal)));
        Assert.Contains("1 bytes early", Refused(Detached(folder, "CompressedData = True\n", "s%d.z"), folder.Path));
    }

    [Theory]
    [InlineData("none.raw", "not there")]
    [InlineData("/etc/passwd", "own folder")]
    [InlineData("..\\x.raw", "own folder")]
    [InlineData("", "own folder")]
    [InlineData("short.raw", "too short")]
    [InlineData("LIST\nshort.raw\nshort.raw", "too short")]
    [InlineData("LIST\nshort.raw", "lists 1")]
    [InlineData("LIST", "lists 0")]
    [InlineData("LIST\n../a\n../b", "own folder")]
    [InlineData("s%d.raw 1 2 0", "step of 0")]
    [InlineData("s%d.raw 1 1 1", "names 1")]
    [InlineData("s%d.raw", "not there")]
    [InlineData("s%d%d.raw", "more than one place")]
    public void A_data_file_that_is_not_to_be_had_is_refused(string name, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("short.raw"), [1, 2, 3]);
        Assert.Contains(reason, Refused(Detached(folder, "", name), folder.Path));
    }

    [Theory]
    [InlineData("NDims = 3", "NDims = 0", "NDims 0")]
    [InlineData("NDims = 3", "NDims = 11", "NDims 11")]
    [InlineData("NDims = 3", "NDims = many", "no whole number")]
    [InlineData("NDims = 3", "", "'NDims'")]
    [InlineData("NDims = 3", "NDims = 4", "'DimSize'")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2 0", "DimSize[2] 0")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 -2 2", "DimSize[1] -2")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2 2 4294967298", "DimSize[2] 4294967298")]
    [InlineData("DimSize = 2 2 2", "DimSize = 2147483647 2147483647 2147483647", "too short")]
    [InlineData("DimSize = 2 2 2", "DimSize = 30000 30000 30000", "too short")]
    [InlineData("DimSize = 2 2 2", "DimSize = 30000 30000 30000\nCompressedData = True", "too short")]
    [InlineData("DimSize = 2 2 2", "DimSize = 30000 30000 30000\nBinaryData = False", "too short")]
    [InlineData("DimSize = 2 2 2", "DimSize = 3 2 2", "too short")]
    [InlineData("DimSize = 2 2 2", "", "'DimSize'")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_OTHER", "'MET_OTHER'")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_STRING", "'MET_STRING'")]
    [InlineData("ElementType = MET_UCHAR", "", "'ElementType'")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementNumberOfChannels = 0", "Channels 0")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementNumberOfChannels = 2147483647", "too short")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nhello", "'hello'")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\n= 3", "'= 3'")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nObjectType = Mesh", "'Mesh'")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementSpacing = 1 0 1", "measures 0")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementSpacing = 1 nan 1", "measures")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementSpacing = 1 1", "2 numbers")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nElementSpacing = 1 x 1", "no number")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nOffset = 1 2 inf", "lies at")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nTransformMatrix = 1 0 0 0 1 0 0 0 0", "one plane")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nTransformMatrix = 1 0 0 0 nan 0 0 0 1", "one plane")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nTransformMatrix = 1 0 0 1", "4 numbers")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nHeaderSize = -2", "HeaderSize -2")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nHeaderSize = 9223372036854775807", "too short")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nHeaderSize = -1\nCompressedData = True", "HeaderSize -1")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nCompressedData = True", "damaged")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nCompressedData = True\nCompressedDataSize = 9", "CompressedDataSize 9")]
    [InlineData("ElementType = MET_UCHAR", "ElementType = MET_UCHAR\nCompressedData = True\nCompressedDataSize = -9", "CompressedDataSize -9")]
    [InlineData("ElementDataFile = LOCAL", "", "")]
    public void A_header_that_cannot_be_is_refused_before_anything_is_allocated(string field, string replaced, string reason)
    {
        using var folder = new TemporaryFolder();
        var text = $"{Small}ElementDataFile = LOCAL\n".Replace($"{field}\n", replaced.Length == 0 ? "" : $"{replaced}\n");
        File.WriteAllBytes(folder.File("a.mha"), [.. Encoding.ASCII.GetBytes(text), .. Eight]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(reason, Refused(folder.File("a.mha")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_compressed_file_that_was_cut_or_has_a_flipped_bit_is_refused()
    {
        using var folder = new TemporaryFolder();
        var voxels = new byte[6000];
        new Random(1).NextBytes(voxels);
        ImageFormats.Write<byte>(folder.File("a.mha"), voxels, ImageHeader.WithoutGeometry("", VoxelType.UInt8, [10, 20, 30]));
        var bytes = File.ReadAllBytes(folder.File("a.mha"));
        for (var at = bytes.Length - 5900; at < bytes.Length; at += 97)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[at] ^= 4;
            File.WriteAllBytes(folder.File("a.mha"), flipped);
            Refused(folder.File("a.mha"));
            File.WriteAllBytes(folder.File("a.mha"), bytes[..at]);
            Refused(folder.File("a.mha"));
        }
    }

    [Fact]
    public void What_is_no_MetaImage_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.mha"), []);
        Assert.Contains("'ElementDataFile'", Refused(folder.File("a.mha")));
        var noise = new byte[100_000];
        new Random(1).NextBytes(noise);
        File.WriteAllBytes(folder.File("a.mha"), noise);
        Refused(folder.File("a.mha"));
        Directory.CreateDirectory(folder.File("b.mhd"));
        Refused(folder.File("b.mhd"));
        Assert.Contains("is not there", Refused(folder.File("c.mha")));
    }

    private static string Save(TemporaryFolder folder, string fields, byte[] voxels)
    {
        File.WriteAllBytes(folder.File("a.mha"), [.. Encoding.ASCII.GetBytes($"{fields}ElementDataFile = LOCAL\n"), .. voxels]);
        return folder.File("a.mha");
    }

    private static string Detached(TemporaryFolder folder, string fields, string data)
    {
        File.WriteAllText(folder.File("a.mhd"), $"{Small}{fields}ElementDataFile = {data}");
        return folder.File("a.mhd");
    }

    private static ImageHeader Header(string file)
    {
        using var source = ImageFormats.Open(file);
        return source.Header;
    }

    private static byte[] Read(string file)
    {
        using var source = ImageFormats.Open(file);
        return source.ReadArray<byte>();
    }

    private static string Refused(string file, string? named = null)
    {
        var error = Assert.Throws<DataException>(() => Read(file));
        Assert.StartsWith(named ?? file, error.Message);
        return error.Message;
    }

    private static byte[] Zip(byte[] bytes, Func<Stream, Stream> with)
    {
        using var packed = new MemoryStream();
        using (var zip = with(packed)) zip.Write(bytes);
        return packed.ToArray();
    }
}
