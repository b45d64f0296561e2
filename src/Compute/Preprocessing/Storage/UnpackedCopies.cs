using System.Collections.Concurrent;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>Files that were read through and found whole; they stay so while length and time of change do. Thread-safe.</summary>
internal sealed class VerifiedFiles
{
    private readonly ConcurrentDictionary<string, (long Length, DateTime Modified)> _known = new();

    public bool Has(string path, (long Length, DateTime Modified) stamp) => _known.TryGetValue(path, out var known) && known == stamp;

    public void Add(string path, (long Length, DateTime Modified) stamp) => _known[path] = stamp;
}

/// <summary>
/// Copies of compressed arrays as they lie in the npz, beside it under the names that nnU-Net's own unpacking gives them (spec 03 section 7.2): patches are
/// read from them. The checksum in the npz is theirs too, so a copy that is damaged or older is told apart and made anew.
/// </summary>
internal static class UnpackedCopies
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Makes the copy unless it is there.</summary>
    /// <param name="zip">The npz.</param>
    /// <param name="entry">The array.</param>
    /// <param name="path">The copy's.</param>
    /// <param name="lockFile">Whose lock its writer takes.</param>
    /// <param name="verified">Remembers copies that were found whole.</param>
    /// <returns>Whether it is there: not where the folder cannot be written to or is full.</returns>
    /// <exception cref="DataException">The npz is damaged.</exception>
    public static bool Ensure(ZipReader zip, ZipEntry entry, string path, string lockFile, VerifiedFiles verified)
    {
        if (IsCopy(path, entry, verified)) return true;
        try
        {
            using var mine = FileLock.Acquire(lockFile, CancellationToken.None);
            if (IsCopy(path, entry, verified)) return true;
            DurableFile.WriteUnflushed(path, stream => Unpack(zip, entry, stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        return IsCopy(path, entry, verified);
    }

    private static void Unpack(ZipReader zip, ZipEntry entry, Stream stream)
    {
        using var member = zip.Open(entry);
        while (member.Left > 0) stream.Write(member.ReadBytes((int)Math.Min(BlockBytes, member.Left)));
        member.End();
    }

    private static bool IsCopy(string path, ZipEntry entry, VerifiedFiles verified)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length != entry.Length) return false;
        var stamp = (file.Length, file.LastWriteTimeUtc);
        if (verified.Has(path, stamp)) return true;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        var (block, crc) = (new byte[BlockBytes], 0u);
        while (stream.Read(block) is > 0 and var count) crc = Crc32.Append(crc, block.AsSpan(0, count));
        if (crc != entry.Crc32) return false;
        verified.Add(path, stamp);
        return true;
    }
}
