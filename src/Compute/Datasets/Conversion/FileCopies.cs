using System.IO.Compression;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>Copies of files, byte for byte and on disk when they are done.</summary>
internal static class FileCopies
{
    /// <summary>Copies one file; what is copied is as long as the source.</summary>
    /// <exception cref="DataException">The source cannot be read.</exception>
    public static void Copy(string source, string target) => Through(source, target, (from, to) => from.CopyTo(to), sameLength: true);

    /// <summary>Copies one file, compressed with gzip: <c>.nii</c> becomes <c>.nii.gz</c>.</summary>
    /// <exception cref="DataException">The source cannot be read.</exception>
    public static void Zip(string source, string target) => Through(source, target, (from, to) =>
    {
        using var zip = new GZipStream(to, CompressionLevel.Optimal, leaveOpen: true);
        from.CopyTo(zip);
    }, sameLength: false);

    /// <summary>The files of a folder and all below it, as paths relative to it, in ordinal order.</summary>
    public static IReadOnlyList<string> Tree(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
            .Order(StringComparer.Ordinal)];

    private static void Through(string source, string target, Action<Stream, Stream> copy, bool sameLength)
    {
        using var from = Open(source);
        DurableFile.Write(target, to => copy(from, to), written =>
        {
            if (sameLength && new FileInfo(written).Length != from.Length)
                throw new DataException(source, "changed while it was copied", "wait until nothing writes to it, and convert again");
        });
    }

    private static FileStream Open(string source)
    {
        try
        {
            return new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(source, $"cannot be read ({e.Message})", "check the path and its permissions", e);
        }
    }
}
