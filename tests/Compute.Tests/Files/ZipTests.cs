using System.IO.Compression;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Files;

public sealed class ZipTests
{
    [Fact]
    public void What_the_writer_writes_other_readers_read()
    {
        var bytes = Written(("a/data.pkl", [1, 2, 3]), ("a/data/0", new byte[1000]), ("a/größe", []));
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["a/data.pkl", "a/data/0", "a/größe"], zip.Entries.Select(e => e.FullName));
        using var stream = zip.Entries[0].Open();
        Assert.Equal([1, 2, 3], new BinaryReader(stream).ReadBytes(10));
        Assert.Equal(1000, zip.Entries[1].Length);
    }

    [Fact]
    public void Contents_begin_at_multiples_of_64()
    {
        using var folder = new TemporaryFolder();
        var path = Save(folder, Written([.. Enumerable.Range(0, 70).Select(n => ($"prefix{new string('x', n)}/data/{n}", new byte[n * 3]))]));
        using var zip = ZipReader.Open(path);
        Assert.Equal(70, zip.Entries.Count);
        Assert.All(zip.Entries, entry => Assert.Equal(0, zip.DataOffset(entry) % 64));
        Assert.All(zip.Entries, zip.Verify);
    }

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Members_of_other_writers_are_read_stored_and_deflated(CompressionLevel level)
    {
        var content = Enumerable.Range(0, 100_000).Select(i => (byte)(i / 100)).ToArray();
        using var folder = new TemporaryFolder();
        var path = Save(folder, ByDotnet(level, ("x.npy", content)));
        using var zip = ZipReader.Open(path);
        Assert.Equal(content, zip.ReadAll(zip.Find("x.npy")!, content.Length));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/passwd")]
    [InlineData("C:/evil")]
    [InlineData("a\\..\\evil")]
    public void Names_that_lead_out_of_the_archive_are_refused(string name) =>
        Assert.Contains("member name", Refused(Written((name, [1]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_name_listed_twice_is_refused() => Refused(Written(("a", [1]), ("a", [2])));

    [Fact]
    public void Every_truncation_is_refused()
    {
        var whole = Written(("a/data.pkl", [1, 2, 3]), ("a/version", [51]));
        for (var length = 0; length < whole.Length; length++) Refused(whole[..length]);
    }

    [Fact]
    public void A_flipped_byte_of_the_content_is_found_by_the_checksum()
    {
        var bytes = Written(("a", new byte[5000]));
        bytes[64 + 1234] ^= 1;
        Assert.Contains("checksum", Refused(bytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_that_claims_to_unpack_to_more_than_deflate_can_is_refused()
    {
        var bytes = ByDotnet(CompressionLevel.Optimal, ("bomb", new byte[1_000_000]));
        var directory = IndexOf(bytes, [0x50, 0x4B, 0x01, 0x02]);
        BitConverter.GetBytes(0xFFFFFFF0u).CopyTo(bytes, directory + 24);
        Assert.Contains("unpack", Refused(bytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_that_unpack_to_too_much_altogether_are_refused_before_any_is_unpacked()
    {
        using var folder = new TemporaryFolder();
        var path = Save(folder, ByDotnet(CompressionLevel.Optimal, ("a", new byte[600_000]), ("b", new byte[600_000])));
        Assert.Throws<DataException>(() => ZipReader.Open(path, mostInflated: 1_000_000));
        ZipReader.Open(path, mostInflated: 1_200_000).Dispose();
    }

    [Fact]
    public void A_member_that_unpacks_to_another_length_than_announced_is_refused()
    {
        foreach (var difference in (int[])[-1, 1])
        {
            var bytes = ByDotnet(CompressionLevel.Optimal, ("a", new byte[50_000]));
            BitConverter.GetBytes(50_000 + difference).CopyTo(bytes, IndexOf(bytes, [0x50, 0x4B, 0x01, 0x02]) + 24);
            Refused(bytes);
        }
    }

    [Fact]
    public void A_directory_that_announces_a_flood_of_members_is_refused()
    {
        var bytes = Written(("a", [1]));
        BitConverter.GetBytes((ushort)60000).CopyTo(bytes, bytes.Length - 22 + 8);
        BitConverter.GetBytes((ushort)60000).CopyTo(bytes, bytes.Length - 22 + 10);
        Refused(bytes);
    }

    [Fact]
    public void A_symbolic_link_and_an_encrypted_member_are_refused()
    {
        var link = Written(("a", [1]));
        BitConverter.GetBytes(0xA1FFu << 16).CopyTo(link, IndexOf(link, [0x50, 0x4B, 0x01, 0x02]) + 38);
        Assert.Contains("link", Refused(link).Message, StringComparison.Ordinal);
        var encrypted = Written(("a", [1]));
        encrypted[IndexOf(encrypted, [0x50, 0x4B, 0x01, 0x02]) + 8] |= 1;
        Assert.Contains("encrypted", Refused(encrypted).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<DataException>(() => ZipReader.Open("/nowhere/at/all.pth"));
        Assert.StartsWith("/nowhere/at/all.pth: does not exist", error.Message, StringComparison.Ordinal);
    }

    private static DataException Refused(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        var path = Save(folder, bytes);
        return Assert.Throws<DataException>(() =>
        {
            using var zip = ZipReader.Open(path);
            foreach (var entry in zip.Entries) zip.Verify(entry);
        });
    }

    private static string Save(TemporaryFolder folder, byte[] bytes)
    {
        var path = folder.File("test.zip");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static byte[] Written(params (string Name, byte[] Content)[] members)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        foreach (var (name, content) in members) zip.Add(name, content);
        zip.Finish();
        return stream.ToArray();
    }

    private static byte[] ByDotnet(CompressionLevel level, params (string Name, byte[] Content)[] members)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in members)
            {
                using var member = zip.CreateEntry(name, level).Open();
                member.Write(content);
            }

        return stream.ToArray();
    }

    private static int IndexOf(byte[] bytes, byte[] pattern) => bytes.AsSpan().IndexOf(pattern);
}
