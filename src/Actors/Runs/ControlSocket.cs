using System.Net.Sockets;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Unix domain sockets in a run's folder: on one machine, for one user, and gone with the folder. Their addresses hold some hundred bytes, which paths of results often
/// exceed: the folder is then reached by a link of a short name for as long as it takes.
/// </summary>
internal static class ControlSocket
{
    // Of the 108 that Linux has; other systems have a little less.
    private const int LongestAddress = 100;

    private const byte LineEnd = (byte)'\n';

    /// <summary>Listens, for this user alone.</summary>
    /// <exception cref="SocketException">The file system has no sockets, or the folder cannot be written to.</exception>
    /// <exception cref="IOException">As above.</exception>
    public static Socket Listen(string path)
    {
        var socket = Create();
        try
        {
            By(path, socket.Bind);
            // Nobody can connect before Listen.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(8);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to who listens there.</summary>
    /// <exception cref="SocketException">Nobody does.</exception>
    public static Socket Connect(string path)
    {
        var socket = Create();
        try
        {
            By(path, socket.Connect);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one line.</summary>
    public static async Task SendLine(Socket socket, byte[] line, CancellationToken stop)
    {
        ReadOnlyMemory<byte> rest = (byte[])[.. line, LineEnd];
        while (rest.Length > 0) rest = rest[await socket.SendAsync(rest, stop).ConfigureAwait(false)..];
    }

    /// <summary>Reads one line; null where the other side sends none, or too long a one.</summary>
    public static async Task<byte[]?> ReadLine(Socket socket, CancellationToken stop)
    {
        var (buffer, length) = (new byte[ControlWire.MostBytes], 0);
        while (length < buffer.Length)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), stop).ConfigureAwait(false);
            if (read == 0) return null;
            var end = Array.IndexOf(buffer, LineEnd, length, read);
            if (end >= 0) return buffer[..end];
            length += read;
        }

        return null;
    }

    private static Socket Create() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private static void By(string path, Action<UnixDomainSocketEndPoint> use)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) <= LongestAddress)
        {
            use(new UnixDomainSocketEndPoint(path));
            return;
        }

        var folder = Directory.CreateTempSubdirectory("actorseg-");
        try
        {
            var link = Path.Combine(folder.FullName, "run");
            Directory.CreateSymbolicLink(link, Path.GetDirectoryName(path)!);
            use(new UnixDomainSocketEndPoint(Path.Combine(link, Path.GetFileName(path))));
        }
        finally
        {
            // The link alone goes, not what it leads to.
            folder.Delete(recursive: true);
        }
    }
}
