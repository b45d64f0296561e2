using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ActorSeg.Tests.Support;

/// <summary>
/// A server of one file on the loopback address that can break connections in the middle: plain sockets, so that a promise of bytes can be broken.
/// </summary>
public sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    public LoopbackServer(byte[] content)
    {
        Content = content;
        _listener.Start();
        _ = Task.Run(Serve);
    }

    public byte[] Content { get; set; }

    public string? Tag { get; set; } = "\"v1\"";

    /// <summary>Bytes of the body after which each of the next connections is broken.</summary>
    public Queue<int> BreakAfter { get; } = new();

    /// <summary>Bytes of the next body after which the server falls silent until it is released; null for none.</summary>
    public int? SilentAfter { get; set; }

    /// <summary>Ends the silence.</summary>
    public SemaphoreSlim Release { get; } = new(0);

    public int Status { get; set; } = 200;

    public bool TakesRanges { get; set; } = true;

    /// <summary>The first byte each request asked for.</summary>
    public List<long> Asked { get; } = [];

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/model.zip");

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
        Release.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                try
                {
                    await Answer(client.GetStream());
                }
                catch (IOException)
                {
                    // Whoever asked is gone.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Answer(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var headers = new List<string>();
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 } line) headers.Add(line);
        string? Header(string name) => headers.FirstOrDefault(h => h.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
        var from = TakesRanges && Header("Range") is { } range && (Header("If-Range") is null || Header("If-Range") == Tag)
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        Asked.Add(from);
        var status = Status != 200 ? $"{Status} No" : from > 0 && from >= Content.Length ? "416 Range" : from > 0 ? "206 Partial" : "200 OK";
        var body = status.StartsWith('2') ? Content[from..] : [];
        var head = $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n{(Tag is null ? "" : $"ETag: {Tag}\r\n")}"
            + (from > 0 ? $"Content-Range: bytes {(status[0] == '4' ? "*" : $"{from}-{Content.Length - 1}")}/{Content.Length}\r\n" : "") + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
        if (SilentAfter is { } silent)
        {
            SilentAfter = null;
            await stream.WriteAsync(body.AsMemory(0, silent), _stop.Token);
            await Release.WaitAsync(_stop.Token);
            body = body[silent..];
        }

        var most = BreakAfter.TryDequeue(out var broken) ? Math.Min(broken, body.Length) : body.Length;
        await stream.WriteAsync(body.AsMemory(0, most), _stop.Token);
        await stream.FlushAsync(_stop.Token);
    }
}
