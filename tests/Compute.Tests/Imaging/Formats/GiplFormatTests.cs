using System.Buffers.Binary;
using System.IO.Compression;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging.Formats;

/// <summary>GIPL headers, written here byte by byte.</summary>
public class GiplFormatTests
{
    private static readonly byte[] Eight = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData(1, VoxelType.UInt8)]
    [InlineData(7, VoxelType.Int8)]
    [InlineData(8, VoxelType.UInt8)]
    [InlineData(15, VoxelType.Int16)]
    [InlineData(16, VoxelType.UInt16)]
    [InlineData(31, VoxelType.UInt32)]
    [InlineData(32, VoxelType.Int32)]
    [InlineData(64, VoxelType.Float32)]
    [InlineData(65, VoxelType.Float64)]
    public void Types_are_those_of_ITK_and_big_endian(ushort code, VoxelType type)
    {
        using var folder = new TemporaryFolder();
        var voxel = new byte[type.Bytes()];
        voxel[0] = 0x40;
        File.WriteAllBytes(folder.File("a.gipl"), [.. Header(code, 1, 1, 1, 1), .. voxel]);
        using var source = ImageFormats.Open(folder.File("a.gipl"));
        Assert.Equal(type, source.Header.Type);
        var expected = type.IsInteger() ? 0x40 * Math.Pow(256, type.Bytes() - 1) : 2;
        Assert.Equal([expected], source.ReadArray<double>());
    }

    [Theory]
    [InlineData(4026526128u)]
    [InlineData(719555000u)]
    public void Both_magic_numbers_plain_and_gzip_are_read_whatever_the_name(uint magic)
    {
        using var folder = new TemporaryFolder();
        var header = Header(8, 2, 2, 2, 1);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(252), magic);
        BinaryPrimitives.WriteSingleBigEndian(header.AsSpan(14), -2.5f);
        BinaryPrimitives.WriteDoubleBigEndian(header.AsSpan(212), 7.25);
        foreach (var (name, zipped) in new[] { ("a.gipl", false), ("a.gipl.gz", true), ("b.gipl", true), ("b.gipl.gz", false) })
        {
            byte[] bytes = [.. header, .. Eight];
            using (var file = File.Create(folder.File(name)))
            using (var target = zipped ? new GZipStream(file, CompressionLevel.Fastest) : (Stream)file)
                target.Write(bytes);
            using var source = ImageFormats.Open(folder.File(name));
            Assert.Equal([2, 2, 2], source.Header.Size);
            Assert.Equal([1, 2.5, 1], source.Header.Spacing);
            Assert.Equal([0, 7.25, 0], source.Header.Origin);
            Assert.Equal([1, 0, 0, 0, -1, 0, 0, 0, 1], source.Header.Direction);
            Assert.Equal(Eight, source.ReadArray<byte>());
        }
    }

    [Fact]
    public void A_width_that_looks_like_gzip_is_no_gzip()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.gipl"), [.. Header(8, 0x1f8b, 1, 1, 0), .. new byte[0x1f8b]]);
        using var source = ImageFormats.Open(folder.File("a.gipl"));
        Assert.Equal([0x1f8b, 1, 1], source.Header.Size);
    }

    [Theory]
    [InlineData(2, 4, 0, 0, 2)]
    [InlineData(2, 4, 1, 0, 3)]
    [InlineData(2, 4, 1, 1, 3)]
    [InlineData(2, 2, 1, 2, 4)]
    public void Axes_end_at_an_extent_of_zero_and_a_fourth_of_one_is_none(ushort x, ushort y, ushort z, ushort t, int axes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.gipl"), [.. Header(8, x, y, z, t), .. Eight]);
        using var source = ImageFormats.Open(folder.File("a.gipl"));
        Assert.Equal(axes, source.Header.Axes);
    }

    [Theory]
    [InlineData(0, 0, 0, 0, "0 voxels")]
    [InlineData(2, 2, 3, 1, "too short")]
    [InlineData(65535, 65535, 65535, 65535, "too short")]
    public void Sizes_that_cannot_be_are_refused_before_anything_is_allocated(ushort x, ushort y, ushort z, ushort t, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.gipl"), [.. Header(8, x, y, z, t), .. Eight]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(reason, Refused(folder.File("a.gipl")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_header_that_cannot_be_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("type 144", Refused(Save(144, _ => { })));
        Assert.Contains("magic", Refused(Save(8, header => header[252] = 1)));
        Assert.Contains("measures 0", Refused(Save(8, header => BinaryPrimitives.WriteSingleBigEndian(header.AsSpan(10), 0))));
        Assert.Contains("measures", Refused(Save(8, header => BinaryPrimitives.WriteSingleBigEndian(header.AsSpan(18), float.NaN))));
        Assert.Contains("lies at", Refused(Save(8, header => BinaryPrimitives.WriteDoubleBigEndian(header.AsSpan(204), double.PositiveInfinity))));
        Assert.Contains("is not there", Refused(folder.File("none.gipl")));
        Refused(Directory.CreateDirectory(folder.File("folder.gipl")).FullName);
        var whole = File.ReadAllBytes(Save(8, _ => { }));
        for (var kept = 0; kept < whole.Length; kept += 51)
        {
            File.WriteAllBytes(folder.File("cut.gipl"), whole[..kept]);
            Refused(folder.File("cut.gipl"));
        }

        string Save(ushort code, Action<byte[]> change)
        {
            var header = Header(code, 2, 2, 2, 1);
            change(header);
            File.WriteAllBytes(folder.File("a.gipl"), [.. header, .. Eight]);
            return folder.File("a.gipl");
        }
    }

    private static byte[] Header(ushort code, params ushort[] size)
    {
        var header = new byte[256];
        for (var i = 0; i < size.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2 * i), size[i]);
            BinaryPrimitives.WriteSingleBigEndian(header.AsSpan(10 + (4 * i)), 1);
        }

        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(8), code);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(252), 0xefffe9b0);
        return header;
    }

    private static string Refused(string file)
    {
        var error = Assert.Throws<DataException>(() =>
        {
            using var source = ImageFormats.Open(file);
            _ = source.ReadArray<byte>();
        });
        Assert.StartsWith(file, error.Message);
        return error.Message;
    }
}
