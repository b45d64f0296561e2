using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Files;

/// <summary>Gives the next little-endian values of a file.</summary>
internal interface IValueReader
{
    /// <summary>Fills <paramref name="target"/>.</summary>
    /// <exception cref="DataException">The file ends before.</exception>
    void Read<T>(Span<T> target) where T : unmanaged;
}

/// <summary>A file read at given places; whatever goes wrong is told with its name. Not thread-safe.</summary>
internal sealed class RawFile : IDisposable
{
    private readonly SafeFileHandle _file;

    private RawFile(SafeFileHandle file, string path, long length) => (_file, Path, Length) = (file, path, length);

    public string Path { get; }

    public long Length { get; }

    /// <exception cref="DataException">It is missing or unreadable.</exception>
    public static RawFile Open(string path)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new RawFile(file, path, RandomAccess.GetLength(file));
        }
        catch (NotSupportedException e)
        {
            file?.Dispose();
            throw new DataException(path, "is a pipe or a device, not a file", "save it to a file first", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DataException(path, "does not exist", "check the path and that the step that writes it has run", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"cannot be read ({e.Message})", "check its permissions and the disk", e);
        }
    }

    /// <summary>The bytes at a place, fewer where the file ends.</summary>
    public byte[] Bytes(long offset, int most)
    {
        var bytes = new byte[(int)Math.Clamp(Length - offset, 0, most)];
        Fill(offset, bytes);
        return bytes;
    }

    /// <summary>The values from a place on.</summary>
    public IValueReader Values(long offset) => new Section(this, offset);

    public void Dispose() => _file.Dispose();

    private void Fill(long offset, Span<byte> target)
    {
        try
        {
            for (var done = 0; done < target.Length;)
            {
                var got = RandomAccess.Read(_file, target[done..], offset + done);
                if (got == 0) throw new DataException(Path, $"ends at byte {offset + done}", "it is cut short; copy it again from where it came");
                done += got;
            }
        }
        catch (IOException e)
        {
            throw new DataException(Path, $"cannot be read at byte {offset} ({e.Message})", "check the disk", e);
        }
    }

    private sealed class Section(RawFile file, long offset) : IValueReader
    {
        private long _at = offset;

        // By blocks: a tensor may have more bytes than a span can count.
        public void Read<T>(Span<T> target) where T : unmanaged
        {
            const int BlockBytes = 1 << 20;
            var blockValues = BlockBytes / Unsafe.SizeOf<T>();
            for (var at = 0; at < target.Length; at += blockValues)
            {
                var bytes = MemoryMarshal.AsBytes(target.Slice(at, Math.Min(blockValues, target.Length - at)));
                file.Fill(_at, bytes);
                _at += bytes.Length;
            }
        }
    }
}
