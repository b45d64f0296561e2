using System.Security.Cryptography;
using ActorSeg.Compute.Sharing;

namespace ActorSeg.Compute.Tests.Sharing;

public sealed class ModelDownloadTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 500_000).Select(i => (byte)(i * 31))];

    private readonly TemporaryFolder _folder = new();
    private readonly LoopbackServer _server = new(Content);
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    private string Target => _folder.File("m.zip");

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task a_file_comes_whole_and_tells_how_far_it_is()
    {
        var told = new List<(long, long?)>();
        await Download(progress: (bytes, total) => told.Add((bytes, total)));
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
        Assert.Equal((Content.Length, Content.Length), told[^1]);
    }

    [Fact]
    public async Task broken_connections_are_gone_on_with_where_they_broke()
    {
        foreach (var bytes in (int[])[100_000, 50_000, 0, 200_000]) _server.BreakAfter.Enqueue(bytes);
        await Download();
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
        Assert.Equal([0, 100_000, 150_000, 150_000, 350_000], _server.Asked);
    }

    [Fact]
    public async Task a_later_process_goes_on_with_what_an_earlier_one_left()
    {
        foreach (var _ in Enumerable.Range(0, 5)) _server.BreakAfter.Enqueue(_server.BreakAfter.Count == 0 ? 100_000 : 0);
        var failure = await Assert.ThrowsAsync<ResourceException>(() => Download());
        Assert.Contains("goes on from 100000 bytes", failure.Message);
        _server.Asked.Clear();
        await Download();
        Assert.Equal([100_000], _server.Asked);
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task another_file_at_the_same_address_is_begun_anew()
    {
        foreach (var _ in Enumerable.Range(0, 5)) _server.BreakAfter.Enqueue(_server.BreakAfter.Count == 0 ? 100_000 : 0);
        await Assert.ThrowsAsync<ResourceException>(() => Download());
        (_server.Tag, _server.Content) = ("\"v2\"", [.. Content.Reverse()]);
        await Download();
        Assert.Equal(Content.Reverse(), await File.ReadAllBytesAsync(Target));
    }

    [Theory, InlineData(false, "\"v1\""), InlineData(true, null)]
    public async Task a_server_that_knows_no_ranges_or_names_no_version_is_asked_for_the_whole(bool ranges, string? tag)
    {
        (_server.TakesRanges, _server.Tag) = (ranges, tag);
        _server.BreakAfter.Enqueue(100_000);
        await Download();
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
        Assert.Equal([0, 0], _server.Asked);
    }

    [Fact]
    public async Task what_is_already_whole_is_not_sent_again()
    {
        await Download();
        _server.Asked.Clear();
        await Download();
        Assert.Equal([Content.Length], _server.Asked);
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
    }

    [Fact]
    public async Task the_hash_decides_and_a_wrong_one_leaves_nothing()
    {
        await Download(sha256: Convert.ToHexString(SHA256.HashData(Content)));
        var failure = await Assert.ThrowsAsync<DataException>(() => Download(sha256: new string('0', 64)));
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Content)), failure.Message);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task a_refusal_is_told_at_once_and_a_troubled_server_asked_again()
    {
        _server.Status = 404;
        Assert.Contains("404", (await Assert.ThrowsAsync<DataException>(() => Download())).Message);
        Assert.Single(_server.Asked);
        _server.Status = 503;
        Assert.Contains("503", (await Assert.ThrowsAsync<ResourceException>(() => Download())).Message);
        Assert.Equal(6, _server.Asked.Count);
    }

    [Fact]
    public async Task stopping_keeps_what_has_come()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Download(progress: (_, _) => stop.Cancel(), stop: stop.Token));
        Assert.InRange(new FileInfo(Target).Length, 1, Content.Length);
        await Download();
        Assert.Equal(Content, await File.ReadAllBytesAsync(Target));
    }

    [Theory, InlineData("ftp://x/y.zip"), InlineData("file:///etc/passwd"), InlineData("model.zip"), InlineData("")]
    public void only_web_addresses_are_taken(string address) => Assert.Throws<UsageException>(() => ModelDownload.Address(address));

    private Task Download(string? sha256 = null, Action<long, long?>? progress = null, CancellationToken stop = default) =>
        new ModelDownload(_client, TimeProvider.System) { Pause = TimeSpan.FromMilliseconds(1) }.Fetch(_server.Url, Target, sha256, progress, stop);
}
