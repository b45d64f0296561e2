using Microsoft.Win32.SafeHandles;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// A file that was found whole, read again piece by piece. It is opened for each piece: one that was changed, cut short or removed meanwhile is an exception
/// then, where a map of it would end the process by a signal; and cases kept open cost no handles. Thread-safe.
/// </summary>
/// <param name="Path">Of the file.</param>
/// <param name="Length">When it was found whole.</param>
/// <param name="Modified">When it was found whole.</param>
internal sealed record StoredFile(string Path, long Length, DateTime Modified)
{
    private const string Advice = "leave the folder alone while a training reads it; it is looked through again";

    /// <summary>The file as it was found; dispose the handle after reading.</summary>
    /// <exception cref="DataException">It is not there any more, or has changed.</exception>
    public SafeFileHandle Open()
    {
        try
        {
            var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (RandomAccess.GetLength(file) == Length && File.GetLastWriteTimeUtc(file) == Modified) return file;
            file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Gone($"cannot be read any more ({e.Message})", e);
        }

        throw Gone("was changed while it was in use", null);
    }

    /// <summary>Fills <paramref name="target"/> from <paramref name="offset"/> on.</summary>
    /// <exception cref="DataException">It has fewer bytes, or the disk fails.</exception>
    public void Read(SafeFileHandle file, Span<byte> target, long offset)
    {
        try
        {
            for (var left = target; left.Length > 0;)
            {
                var count = RandomAccess.Read(file, left, offset + target.Length - left.Length);
                if (count == 0) throw Gone("was cut short while it was read", null);
                left = left[count..];
            }
        }
        catch (IOException e)
        {
            throw Gone($"cannot be read any more ({e.Message})", e);
        }
    }

    private DataException Gone(string problem, Exception? cause) => new(Path, problem, Advice, cause);
}
