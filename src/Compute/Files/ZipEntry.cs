namespace ActorSeg.Compute.Files;

/// <summary>One member of a zip, as the central directory tells of it.</summary>
/// <param name="Name">Relative, with forward slashes; never absolute and without <c>..</c>.</param>
/// <param name="IsDeflated">Deflated, else stored.</param>
/// <param name="Crc32">Checksum of the content.</param>
/// <param name="StoredLength">Bytes in the file.</param>
/// <param name="Length">Bytes of the content.</param>
/// <param name="HeaderOffset">Where its local header is.</param>
public sealed record ZipEntry(string Name, bool IsDeflated, uint Crc32, long StoredLength, long Length, long HeaderOffset);
