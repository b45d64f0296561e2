namespace ActorSeg.Compute.Files;

/// <summary>Files that are either wholly there or not there (ARCHITECTURE section 7).</summary>
public static class DurableFile
{
    /// <summary>
    /// Writes <c>name.tmp-uuid</c> beside the target, flushes it to disk, lets <paramref name="verify"/> look at it, renames it over the target
    /// and flushes the folder. When anything fails the temporary file is removed and the target is as it was.
    /// </summary>
    /// <param name="path">The target; its folder exists.</param>
    /// <param name="write">Writes the content; the stream can also be read and sought.</param>
    /// <param name="verify">Re-reads the temporary file and throws if it is not right; null skips this.</param>
    public static void Write(string path, Action<Stream> write, Action<string>? verify = null) => WriteFile(path, write, verify, flush: true);

    /// <summary>
    /// As <see cref="Write"/> without the flushes: a kill leaves the whole file or the old one, a power cut may leave less. For files that carry a checksum
    /// and can be made again.
    /// </summary>
    public static void WriteUnflushed(string path, Action<Stream> write) => WriteFile(path, write, null, flush: false);

    private static void WriteFile(string path, Action<Stream> write, Action<string>? verify, bool flush)
    {
        var temporary = $"{path}.tmp-{Guid.NewGuid():N}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: flush);
            }

            verify?.Invoke(temporary);
            File.Move(temporary, path, overwrite: true);
            if (flush) FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e)
        {
            File.Delete(temporary);
            // A limit on the size of files (ulimit, a quota) comes as an argument error of the stream.
            if (e is ArgumentOutOfRangeException { ParamName: "value" }) throw new IOException("the file is larger than this user or file system may write", e);
            throw;
        }
    }

    /// <summary>As <see cref="Write"/>, for text in UTF-8 without a byte order mark.</summary>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>As <see cref="Write"/>, and nothing where the file holds these bytes already: several who want the same of a file do not meet.</summary>
    public static void WriteUnlessEqual(string path, byte[] content)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.Length == content.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return;
        Write(path, stream => stream.Write(content));
    }

    /// <summary>Makes renames in a folder durable. Windows has no such call and needs none.</summary>
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var handle = Posix.Open(folder, 0);
        if (handle < 0) return;
        _ = Posix.Fsync(handle);
        _ = Posix.Close(handle);
    }

    private static partial class Posix
    {
        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "open", SetLastError = true, CharSet = System.Runtime.InteropServices.CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        public static extern int Open(string path, int flags);

        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static extern int Fsync(int handle);

        [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "close")]
        public static extern int Close(int handle);
    }
}
