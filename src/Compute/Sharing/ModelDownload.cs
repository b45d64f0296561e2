using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Sharing;

/// <summary>
/// Downloads a file in a way that survives broken connections and killed processes: what has arrived stays, and is gone on with where the server says that it still
/// offers the same file (If-Range); length and, where it is known, hash are checked at the end.
/// </summary>
/// <param name="client">Its time limit is not used: a download may take hours, and only silence counts.</param>
/// <param name="time">The clock, for pauses.</param>
public sealed class ModelDownload(HttpClient client, TimeProvider time)
{
    private const int BlockBytes = 128 << 10, Tries = 5;

    /// <summary>Silence after which a connection is given up.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>Pause before the second try; doubled before each further one.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The address of a download.</summary>
    /// <exception cref="UsageException">It is none of http or https.</exception>
    public static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
        : throw new UsageException($"'{text}' is not an address that begins with http:// or https://");

    /// <summary>A name for what is downloaded from an address, under which a later process finds what an earlier one left.</summary>
    public static string KeyOf(Uri url) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url.AbsoluteUri)))[..24];

    /// <summary>Downloads.</summary>
    /// <param name="url">From where.</param>
    /// <param name="file">Grows while it arrives; a note beside it (<c>.note</c>) says what it is. The caller sees to it that nobody else writes it.</param>
    /// <param name="sha256">Its hash in hexadecimal digits; null where it is not known.</param>
    /// <param name="progress">Told of bytes that are there and, where the server tells, how many there will be.</param>
    /// <param name="stop">Ends the download; the same call goes on.</param>
    /// <exception cref="DataException">The server refuses, or the hash is another: then nothing is left.</exception>
    /// <exception cref="ResourceException">The server cannot be reached, or the disk has too little room.</exception>
    public async Task Fetch(Uri url, string file, string? sha256, Action<long, long?>? progress, CancellationToken stop)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        for (var attempt = 1; ; attempt++)
        {
            var before = Length(file);
            try
            {
                await Receive(url, file, progress, stop).ConfigureAwait(false);
                break;
            }
            catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException && !stop.IsCancellationRequested)
            {
                // A connection that brought something is none of those in vain.
                if (Length(file) > before) attempt = 1;
                if (attempt >= Tries) throw new ResourceException($"{url} cannot be downloaded ({e.Message}); check the connection; the same command goes on from {Length(file)} bytes", e);
                await Task.Delay(Pause * Math.Pow(2, attempt - 1), time, stop).ConfigureAwait(false);
            }
        }

        if (sha256 is null) return;
        await using (var stream = File.OpenRead(file))
        {
            var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, stop).ConfigureAwait(false));
            if (found.Equals(sha256, StringComparison.OrdinalIgnoreCase)) return;
            Remove(file);
            throw new DataException(url.AbsoluteUri, $"has the hash {found} where {sha256.ToLowerInvariant()} was wanted", "check the address and the hash; nothing was installed");
        }
    }

    /// <summary>Removes what a download left.</summary>
    public static void Remove(string file)
    {
        File.Delete(file);
        File.Delete(NoteOf(file));
    }

    private static string NoteOf(string file) => $"{file}.note";

    private static long Length(string file) => new FileInfo(file) is { Exists: true } there ? there.Length : 0;

    private async Task Receive(Uri url, string file, Action<long, long?>? progress, CancellationToken stop)
    {
        using var quiet = CancellationTokenSource.CreateLinkedTokenSource(stop);
        quiet.CancelAfter(Silence);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            var known = Known(file, url);
            var have = known is null ? 0 : Length(file);
            if (have > 0) (request.Headers.Range, request.Headers.IfRange) = (new RangeHeaderValue(have, null), known);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, quiet.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable && response.Content.Headers.ContentRange?.Length == have) return;
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                Remove(file);
                throw new HttpRequestException("the server offers another file than before");
            }

            if ((int)response.StatusCode >= 500) throw new HttpRequestException($"the server answers {(int)response.StatusCode} {response.ReasonPhrase}");
            if (!response.IsSuccessStatusCode) throw new DataException(url.AbsoluteUri, $"answers {(int)response.StatusCode} {response.ReasonPhrase}", "check the address");
            var goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
            if (!goesOn && response.StatusCode == HttpStatusCode.PartialContent) throw new HttpRequestException("the server sends another part than was asked for");
            if (!goesOn) have = 0;
            var total = response.Content.Headers.ContentLength is { } left ? have + left : (long?)null;
            RequireRoom(file, url, total - have);
            if (!goesOn) WriteNote(file, url, response);
            await using var stream = new FileStream(file, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, 1);
            await using var content = await response.Content.ReadAsStreamAsync(quiet.Token).ConfigureAwait(false);
            var block = new byte[BlockBytes];
            for (int got; (got = await content.ReadAsync(block, quiet.Token).ConfigureAwait(false)) > 0;)
            {
                quiet.CancelAfter(Silence);
                await stream.WriteAsync(block.AsMemory(0, got), stop).ConfigureAwait(false);
                have += got;
                progress?.Invoke(have, total);
            }

            stream.Flush(flushToDisk: true);
            if (total is { } whole && have != whole) throw new IOException($"the connection ended after {have} of {whole} bytes");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {Silence.TotalSeconds:0} s");
        }
    }

    private static void RequireRoom(string file, Uri url, long? bytes)
    {
        var free = new DriveInfo(Path.GetFullPath(Path.GetDirectoryName(file)!)).AvailableFreeSpace;
        if (bytes > free) throw new ResourceException($"{file}: {url} takes {bytes >> 20} MiB and the disk has {free >> 20} MiB free; free some or set nnUNet_results to another disk");
    }

    // By what the server tells this file from a later one; without a word of it nothing is gone on with.
    private static void WriteNote(string file, Uri url, HttpResponseMessage response)
    {
        File.Delete(NoteOf(file));
        var etag = response.Headers.ETag is { IsWeak: false } strong ? strong.Tag : null;
        var modified = response.Content.Headers.LastModified?.ToString("R");
        if (etag is null && modified is null) return;
        DurableFile.WriteText(NoteOf(file), new JsonObject { ["url"] = url.AbsoluteUri, ["etag"] = etag, ["modified"] = modified }.ToJsonString());
    }

    private static RangeConditionHeaderValue? Known(string file, Uri url)
    {
        try
        {
            if (!File.Exists(file) || !File.Exists(NoteOf(file)) || JsonNode.Parse(File.ReadAllText(NoteOf(file))) is not JsonObject note) return null;
            if ((string?)note["url"] != url.AbsoluteUri) return null;
            if ((string?)note["etag"] is { } etag) return new RangeConditionHeaderValue(new EntityTagHeaderValue(etag));
            return (string?)note["modified"] is { } modified ? new RangeConditionHeaderValue(DateTimeOffset.Parse(modified, System.Globalization.CultureInfo.InvariantCulture)) : null;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }
}
