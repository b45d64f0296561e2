using System.IO.Compression;
using System.Text;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging.Formats;

/// <summary>NRRD headers and encodings, written here by hand.</summary>
public class NrrdFormatTests
{
    private const string Small = "type: uint8\ndimension: 3\nsizes: 2 2 2\n";
    private static readonly byte[] Eight = [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory]
    [InlineData("signed char", VoxelType.Int8)]
    [InlineData("int8_t", VoxelType.Int8)]
    [InlineData("uchar", VoxelType.UInt8)]
    [InlineData("Unsigned Char", VoxelType.UInt8)]
    [InlineData("short int", VoxelType.Int16)]
    [InlineData("uint16", VoxelType.UInt16)]
    [InlineData("signed int", VoxelType.Int32)]
    [InlineData("uint32_t", VoxelType.UInt32)]
    [InlineData("signed long long int", VoxelType.Int64)]
    [InlineData("ulonglong", VoxelType.UInt64)]
    [InlineData("float", VoxelType.Float32)]
    [InlineData("DOUBLE", VoxelType.Float64)]
    public void Types_have_many_names(string name, VoxelType type)
    {
        using var folder = new TemporaryFolder();
        using var source = ImageFormats.Open(Save(folder, $"type: {name}\ndimension: 2\nsizes: 1 1\nendian: little\nencoding: raw\n", new byte[8]));
        Assert.Equal(type, source.Header.Type);
        Assert.Equal([0.0], source.ReadArray<double>());
    }

    [Fact]
    public void Every_encoding_gives_the_same_voxels()
    {
        using var folder = new TemporaryFolder();
        byte[] hex = Encoding.ASCII.GetBytes("01020304 0506\n07 08"), text = Encoding.ASCII.GetBytes("1 2,3\n4\t5 6.0 7 8");
        foreach (var (encoding, bytes) in new[] { ("raw", Eight), ("gzip", Gzip(Eight)), ("gz", Gzip(Eight)), ("hex", hex), ("ascii", text), ("txt", text), ("TEXT", text) })
            Assert.Equal(Eight, Read(Save(folder, $"{Small}encoding: {encoding}\n", bytes)));
    }

    [Fact]
    public void Big_endian_voxels_are_turned_in_every_binary_encoding()
    {
        using var folder = new TemporaryFolder();
        foreach (var (encoding, bytes) in new[] { ("raw", new byte[] { 1, 2, 3, 4 }), ("gzip", Gzip([1, 2, 3, 4])), ("hex", Encoding.ASCII.GetBytes("01020304")) })
            Assert.Equal([0x0102, 0x0304], ReadOf<short>(Save(folder, $"type: short\ndimension: 2\nsizes: 2 1\nendian: big\nencoding: {encoding}\n", bytes)));
    }

    [Theory]
    [InlineData("left-posterior-superior", 1, 1, 1)]
    [InlineData("LPS", 1, 1, 1)]
    [InlineData("right-anterior-superior", -1, -1, 1)]
    [InlineData("ras", -1, -1, 1)]
    [InlineData("RightAnteriorSuperior", -1, -1, 1)]
    [InlineData("LAS", -1, 1, 1)]
    [InlineData("scanner-xyz", 1, 1, 1)]
    public void Spaces_are_turned_to_LPS_where_ITK_turns_them(string space, int x, int y, int z)
    {
        using var folder = new TemporaryFolder();
        var fields = $"{Small}encoding: raw\nspace: {space}\nspace directions: (0,2,0) (3,0,0) (0,0,4)\nspace origin: (10, 20, 30)\nspace units: \"mm\" \"mm\" \"mm\"\n";
        using var source = ImageFormats.Open(Save(folder, fields, Eight));
        Assert.Equal([2, 3, 4], source.Header.Spacing);
        Assert.Equal([10 * x, 20 * y, 30 * z], source.Header.Origin);
        Assert.Equal([0, x, 0, y, 0, 0, 0, 0, z], source.Header.Direction);
    }

    [Fact]
    public void Without_a_space_spacings_and_axis_mins_place_the_image()
    {
        using var folder = new TemporaryFolder();
        var cells = Header(Save(folder, $"{Small}encoding: raw\nspacings: 2 -3 nan\naxis mins: 10 20 30\naxis maxs: 14 14 34\n", Eight));
        Assert.Equal([2, 3, 1], cells.Spacing);
        Assert.Equal([11, 18.5, 31], cells.Origin);
        Assert.Equal([1, 0, 0, 0, -1, 0, 0, 0, 1], cells.Direction);
        var nodes = Header(Save(folder, $"{Small}encoding: raw\nspacings: 2 3 4\naxismins: 10 20 30\ncenterings: node node cell\n", Eight));
        Assert.Equal([10, 20, 32], nodes.Origin);
        Assert.Equal([0, 0, 0], Header(Save(folder, $"{Small}encoding: raw\nspacings: 2 3 4\n", Eight)).Origin);
    }

    [Theory]
    [InlineData("vector domain domain", VoxelKind.Vector)]
    [InlineData("list domain domain", VoxelKind.Vector)]
    [InlineData("covariant-vector space space", VoxelKind.Vector)]
    [InlineData("complex domain time", VoxelKind.Complex)]
    [InlineData("2-vector ??? none", VoxelKind.Vector)]
    public void A_first_axis_of_another_kind_holds_the_components(string kinds, VoxelKind kind)
    {
        using var folder = new TemporaryFolder();
        var file = Save(folder, $"{Small}encoding: raw\nkinds: {kinds}\n", Eight);
        Assert.Equal((kind, 2), (Header(file).Kind, Header(file).Components));
        Assert.Equal([2, 2], Header(file).Size);
        Assert.Equal(Eight, Read(file));
    }

    [Fact]
    public void A_last_axis_of_another_kind_holds_the_components_apart()
    {
        using var folder = new TemporaryFolder();
        byte[] together = [1, 5, 2, 6, 3, 7, 4, 8];
        Assert.Equal(together, Read(Save(folder, $"{Small}encoding: raw\nkinds: domain domain vector\n", Eight)));
        Assert.Equal(together, Read(Save(folder, $"{Small}encoding: ascii\nkinds: domain domain vector\n", Encoding.ASCII.GetBytes("1 2 3 4 5 6 7 8"))));
        Assert.Contains("between", Refused(Save(folder, $"{Small}encoding: raw\nkinds: domain vector domain\n", Eight)));
    }

    [Fact]
    public void An_axis_outside_of_space_is_components_when_first_and_time_when_last()
    {
        using var folder = new TemporaryFolder();
        const string Space = "encoding: raw\nspace dimension: 2\nspace origin: (5,6)\n";
        var first = Header(Save(folder, $"{Small}{Space}space directions: none (2,0) (0,3)\n", Eight));
        Assert.Equal((2, VoxelKind.Vector), (first.Components, first.Kind));
        Assert.Equal([2, 3], first.Spacing);
        Assert.Equal([5, 6], first.Origin);
        var last = Header(Save(folder, $"{Small}{Space}space directions: (2,0) (0,3) none\n", Eight));
        Assert.Equal((1, 3), (last.Components, last.Axes));
        Assert.Equal([2, 3, 1], last.Spacing);
        Assert.Equal([5, 6, 0], last.Origin);
    }

    [Fact]
    public void Lines_and_bytes_before_the_voxels_are_skipped()
    {
        using var folder = new TemporaryFolder();
        var lines = Encoding.ASCII.GetBytes("one\ntwo\n");
        Assert.Equal(Eight, Read(Save(folder, $"{Small}encoding: raw\nline skip: 2\nbyte skip: 3\n", [.. lines, 9, 9, 9, .. Eight])));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}encoding: gzip\nlineskip: 2\nbyteskip: 3\n", [.. lines, .. Gzip([9, 9, 9, .. Eight])])));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}encoding: raw\nbyte skip: -1\n", [9, 9, 9, .. Eight])));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}encoding: gzip\nbyte skip: -1\n", Gzip([9, 9, 9, .. Eight]))));
        Assert.Equal(Eight, Read(Save(folder, $"{Small}encoding: hex\nbyte skip: 2\n", Encoding.ASCII.GetBytes("zz0102030405060708"))));
        Assert.Contains("byte skip -2", Refused(Save(folder, $"{Small}encoding: raw\nbyte skip: -2\n", [9, .. Eight])));
        Assert.Contains("truncated", Refused(Save(folder, $"{Small}encoding: raw\nline skip: 4000000000\n", Eight)));
    }

    [Fact]
    public void Comments_keys_and_line_ends_of_Windows_are_no_matter()
    {
        using var folder = new TemporaryFolder();
        var header = $"NRRD0004\r\n# comment: with colon\r\n{Small.Replace("\n", "\r\n")}a key: of mine:=value\r\nDWMRI_b-value:=1000\r\nencoding:raw\r\n\r\n";
        File.WriteAllBytes(folder.File("a.nrrd"), [.. Encoding.ASCII.GetBytes(header), .. Eight]);
        Assert.Equal(Eight, Read(folder.File("a.nrrd")));
    }

    [Theory]
    [InlineData("data file: one.raw\n")]
    [InlineData("datafile: ./one.raw")]
    [InlineData("data file: LIST\ns1.raw\ns2.raw\n")]
    [InlineData("data file: LIST 2\ns1.raw\ns2.raw")]
    [InlineData("data file: LIST 3\ns1.raw\ns2.raw")]
    [InlineData("data file: s%d.raw 1 2 1\n")]
    [InlineData("data file: s%d.raw 1 2 1 2\n")]
    [InlineData("data file: t%03d.raw 20 10 -10\n")]
    [InlineData("data file: r%d.raw 1 4 1 1\n")]
    public void Voxels_are_found_in_one_file_or_several(string field)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("one.raw"), Eight);
        foreach (var name in new[] { "s1.raw", "t020.raw" }) File.WriteAllBytes(folder.File(name), Eight[..4]);
        foreach (var name in new[] { "s2.raw", "t010.raw" }) File.WriteAllBytes(folder.File(name), Eight[4..]);
        for (var i = 0; i < 4; i++) File.WriteAllBytes(folder.File($"r{i + 1}.raw"), Eight[(2 * i)..(2 * i + 2)]);
        File.WriteAllText(folder.File("a.nhdr"), $"NRRD0004\n{Small}encoding: raw\n{field}");
        Assert.Equal(Eight, Read(folder.File("a.nhdr")));
    }

    [Theory]
    [InlineData("data file: none.raw", "none.raw")]
    [InlineData("data file: /etc/passwd", "own folder")]
    [InlineData("data file: ../x.raw", "own folder")]
    [InlineData("data file: sub/../../x.raw", "own folder")]
    [InlineData("data file: C:\\x.raw", "own folder")]
    [InlineData("data file: a\0b.raw", "own folder")]
    [InlineData("data file: ", "own folder")]
    [InlineData("data file: .", "not there")]
    [InlineData("data file: short.raw", "too short")]
    [InlineData("data file: LIST\nshort.raw\nshort.raw", "too short")]
    [InlineData("data file: LIST\nshort.raw", "1 data files")]
    [InlineData("data file: LIST 9\nshort.raw", "9 axes")]
    [InlineData("data file: LIST x\nshort.raw", "no whole number")]
    [InlineData("data file: LIST", "0 data files")]
    [InlineData("data file: s%d.raw 1 2 0", "lead nowhere")]
    [InlineData("data file: s%d.raw 2 1 1", "lead nowhere")]
    [InlineData("data file: s%d.raw 1 2", "numbered")]
    [InlineData("data file: s%d.raw 1 2147483647 1", "2147483647 data files")]
    [InlineData("data file: s%d.raw -9223372036854775808 9223372036854775807 1", "lead nowhere")]
    [InlineData("data file: s%d%d.raw 1 2 1", "more than one place")]
    [InlineData("data file: s%999999999d.raw 1 2 1", "not there")]
    public void A_data_file_that_is_not_to_be_had_is_refused(string field, string reason)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("short.raw"), [1, 2, 3]);
        File.WriteAllText(folder.File("a.nhdr"), $"NRRD0004\n{Small}encoding: raw\n{field}");
        Assert.Contains(reason, Refused(folder.File("a.nhdr"), folder.Path));
    }

    [Theory]
    [InlineData("sizes: 2 2 2", "sizes: 2 2", "2 sizes")]
    [InlineData("sizes: 2 2 2", "sizes: 2 2 0", "sizes[2] 0")]
    [InlineData("sizes: 2 2 2", "sizes: 2 2 -2", "sizes[2] -2")]
    [InlineData("sizes: 2 2 2", "sizes: 2 2 2.5", "no whole number")]
    [InlineData("sizes: 2 2 2", "sizes: 2 2 99999999999999999999", "no whole number")]
    [InlineData("sizes: 2 2 2", "sizes: 2147483647 2147483647 2147483647", "too short")]
    [InlineData("sizes: 2 2 2", "sizes: 2147483647 2147483647 4", "too short")]
    [InlineData("sizes: 2 2 2", "sizes: 20000 20000 20000", "too short")]
    [InlineData("sizes: 2 2 2", "", "'sizes'")]
    [InlineData("dimension: 3", "dimension: 0", "dimension 0")]
    [InlineData("dimension: 3", "dimension: 17", "dimension 17")]
    [InlineData("dimension: 3", "", "'dimension'")]
    [InlineData("type: uint8", "type: block", "'block'")]
    [InlineData("type: uint8", "type: int16", "'endian'")]
    [InlineData("type: uint8", "type: int16\nendian: middle", "'middle'")]
    [InlineData("type: uint8", "type: double\nendian: big", "too short")]
    [InlineData("type: uint8", "type: uint8\ntype: uint8", "twice")]
    [InlineData("type: uint8", "type: uint8\nsize: 4", "'size'")]
    [InlineData("type: uint8", "type: uint8\nhello", "'hello'")]
    [InlineData("encoding: raw", "encoding: zip", "'zip'")]
    [InlineData("encoding: raw", "", "'encoding'")]
    [InlineData("encoding: raw", "encoding: raw\nbyte skip: 1", "too short")]
    [InlineData("encoding: raw", "encoding: raw\nbyte skip: 9223372036854775807", "too short")]
    [InlineData("encoding: raw", "encoding: gzip\nbyte skip: 9223372036854775807", "too short")]
    [InlineData("encoding: raw", "encoding: raw\nline skip: -1", "line skip -1")]
    [InlineData("encoding: raw", "encoding: gzip", "damaged")]
    [InlineData("encoding: raw", "encoding: bzip2", "truncated")]
    [InlineData("encoding: raw", "encoding: hex", "too short")]
    [InlineData("encoding: raw", "encoding: ascii", "too short")]
    [InlineData("encoding: raw", "encoding: raw\nspacings: 1 0 1", "measures 0")]
    [InlineData("encoding: raw", "encoding: raw\nspacings: 1 inf 1", "measures")]
    [InlineData("encoding: raw", "encoding: raw\nspacings: 1 x 1", "no number")]
    [InlineData("encoding: raw", "encoding: raw\nspacings: 1 1", "2 spacings")]
    [InlineData("encoding: raw", "encoding: raw\nkinds: domain domain", "2 kinds")]
    [InlineData("encoding: raw", "encoding: raw\nkinds: vector vector domain", "2 axes")]
    [InlineData("encoding: raw", "encoding: raw\nkinds: RGB-color domain domain", "'RGB-color'")]
    [InlineData("encoding: raw", "encoding: raw\nspace: nowhere", "'nowhere'")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace dimension: 3", "both")]
    [InlineData("encoding: raw", "encoding: raw\nspace dimension: 4000000000", "space dimension")]
    [InlineData("encoding: raw", "encoding: raw\nspace directions: (1,0,0) (0,1,0) (0,0,1)", "without 'space'")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1,0,0) (0,1,0)", "2 space directions")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1,0) (0,1) (0,0)", "vector of 2")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1,0,0) (0,1,0) (0,0,1", "space directions")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1,0,0) (2,0,0) (0,0,1)", "one plane")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1,0,0) (0,0,0) (0,0,1)", "measures 0")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1,0,nan) (0,1,0) (0,0,1)", "measures")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: (1e300,0,0) (0,1,0) (0,0,1)", "measures")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace directions: none none none", "axes in a space")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace origin: (1,2,inf)", "lies at")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspace origin: (1,2,3) (4,5,6)", "space origin")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPST", "space of 4")]
    [InlineData("encoding: raw", "encoding: raw\nspace: LPS\nspacings: 1 1 1", "in a space")]
    [InlineData("NRRD0004", "NIFTI", "NRRD")]
    [InlineData("NRRD0004", "", "NRRD")]
    public void A_header_that_cannot_be_is_refused_before_anything_is_allocated(string field, string replaced, string reason)
    {
        using var folder = new TemporaryFolder();
        var text = $"NRRD0004\n{Small}encoding: raw\n\n".Replace($"{field}\n", replaced.Length == 0 ? "" : $"{replaced}\n");
        File.WriteAllBytes(folder.File("a.nrrd"), [.. Encoding.ASCII.GetBytes(text), .. Eight]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(reason, Refused(folder.File("a.nrrd")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Theory]
    [InlineData("uint8", "1 2 3 4 5 6 7")]
    [InlineData("uint8", "1 2 3 4 5 6 7 256")]
    [InlineData("uint8", "1 2 3 4 5 6 7 -1")]
    [InlineData("uint8", "1 2 3 4 5 6 7 8.5")]
    [InlineData("uint8", "1 2 3 4 5 6 7 eight")]
    [InlineData("uint64", "1 2 3 4 5 6 7 99999999999999999999")]
    [InlineData("float", "1 2 3 4 5 6 7 8..")]
    public void Decimal_numbers_that_are_none_of_their_type_are_refused(string type, string numbers)
    {
        using var folder = new TemporaryFolder();
        Refused(Save(folder, $"type: {type}\ndimension: 3\nsizes: 2 2 2\nencoding: ascii\n", Encoding.ASCII.GetBytes(numbers)));
    }

    [Fact]
    public void Decimal_floats_may_be_no_number_or_infinite()
    {
        using var folder = new TemporaryFolder();
        var file = Save(folder, "type: double\ndimension: 2\nsizes: 3 2\nencoding: ascii\n", Encoding.ASCII.GetBytes("nan inf -INF 1e-3 -0.25 +7"));
        Assert.Equal([double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-3, -0.25, 7], ReadOf<double>(file));
    }

    [SharedTheory("data/formats/pynrrd")]
    [InlineData("BallBinary30x30x30_bz2.nrrd")]
    [InlineData("BallBinary30x30x30_gz.nrrd")]
    public void A_compressed_file_that_was_cut_or_has_a_flipped_bit_is_refused_or_gives_the_same_voxels(string name)
    {
        using var folder = new TemporaryFolder();
        var voxels = ReadOf<short>(TestPaths.SharedPath("data", "formats", "pynrrd", name));
        var bytes = File.ReadAllBytes(TestPaths.SharedPath("data", "formats", "pynrrd", name));
        for (var kept = bytes.Length - 40; kept > 0; kept -= 61)
        {
            File.WriteAllBytes(folder.File("a.nrrd"), bytes[..kept]);
            Assert.True(Record.Exception(() => Read(folder.File("a.nrrd"))) is DataException, $"{kept} of {bytes.Length} bytes");
        }

        // Not in the very last bytes: there a flipped bit can make gzip's last block swallow the checksum behind it.
        for (var at = bytes.Length - 300; at < bytes.Length - 40; at += 7)
        {
            var flipped = (byte[])bytes.Clone();
            flipped[at] ^= 4;
            File.WriteAllBytes(folder.File("a.nrrd"), flipped);
            // Some bits of bzip2's tables are of no code that is used.
            short[] found = [];
            var refused = Record.Exception(() => found = ReadOf<short>(folder.File("a.nrrd"))) is DataException;
            Assert.True(refused || found.SequenceEqual(voxels), $"bit of byte {at} of {bytes.Length}");
        }
    }

    [SharedFact("data/formats/pynrrd")]
    public void A_header_that_claims_more_than_its_bzip2_holds_is_refused_before_allocation()
    {
        using var folder = new TemporaryFolder();
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(TestPaths.SharedPath("data", "formats", "pynrrd", "BallBinary30x30x30_bz2.nrrd")));
        File.WriteAllBytes(folder.File("a.nrrd"), Encoding.Latin1.GetBytes(text.Replace("sizes: 30 30 30", "sizes: 300 300 300")));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("too short", Refused(folder.File("a.nrrd")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void A_line_without_an_end_is_refused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.nrrd"), [.. "NRRD0004\n# "u8, .. Enumerable.Repeat((byte)'x', 3 << 20)]);
        Assert.Contains("line", Refused(folder.File("a.nrrd")));
        Directory.CreateDirectory(folder.File("b.nrrd"));
        Refused(folder.File("b.nrrd"));
        Assert.Contains("is not there", Refused(folder.File("c.nrrd")));
    }

    private static string Save(TemporaryFolder folder, string fields, byte[] voxels)
    {
        File.WriteAllBytes(folder.File("a.nrrd"), [.. Encoding.ASCII.GetBytes($"NRRD0004\n{fields}\n"), .. voxels]);
        return folder.File("a.nrrd");
    }

    private static ImageHeader Header(string file)
    {
        using var source = ImageFormats.Open(file);
        return source.Header;
    }

    private static byte[] Read(string file) => ReadOf<byte>(file);

    private static T[] ReadOf<T>(string file) where T : unmanaged, System.Numerics.INumber<T>
    {
        using var source = ImageFormats.Open(file);
        return source.ReadArray<T>();
    }

    private static string Refused(string file, string? named = null)
    {
        var error = Assert.Throws<DataException>(() => Read(file));
        Assert.StartsWith(named ?? file, error.Message);
        return error.Message;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Optimal)) zip.Write(bytes);
        return packed.ToArray();
    }
}
