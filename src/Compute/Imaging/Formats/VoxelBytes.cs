using System.IO.Compression;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>How bytes are turned into voxels' bytes.</summary>
internal enum VoxelEncoding
{
    /// <summary>As they are.</summary>
    Raw,

    /// <summary>gzip or zlib, which their first bytes tell apart.</summary>
    Deflate,

    /// <summary>bzip2.</summary>
    Bzip2,

    /// <summary>Two hexadecimal digits a byte.</summary>
    Hex,

    /// <summary>Decimal numbers between white space.</summary>
    Text,
}

/// <summary>Where the voxels of an image with a text header lie, and how they are packed.</summary>
/// <param name="Header">The file that was opened; named in errors.</param>
/// <param name="Pieces">Files that hold the voxels, in order: the header itself, one other file, or a file a slice. At least one.</param>
/// <param name="Encoding">The same for all.</param>
internal sealed record VoxelBytes(string Header, IReadOnlyList<string> Pieces, VoxelEncoding Encoding)
{
    /// <summary>Byte of each piece from where everything else counts.</summary>
    public long Start { get; init; }

    /// <summary>Lines to leave out then.</summary>
    public long Lines { get; init; }

    /// <summary>Bytes to leave out then, after decompression; -1 to take the last bytes of each piece.</summary>
    public long Skip { get; init; }

    /// <summary>Opens the voxels after holding what is asked for against the length of every piece.</summary>
    /// <param name="bytes">Of all voxels together; of <see cref="VoxelEncoding.Text"/> the fewest its numbers can take. Negative when the product overflowed.</param>
    /// <param name="what">What the header says, for errors.</param>
    /// <exception cref="DataException">A piece is missing, damaged or too short.</exception>
    public Stream Open(long bytes, string what)
    {
        if (bytes < 0) ImageFile.CheckHolds(Header, bytes, 0, what);
        if (bytes % Pieces.Count != 0)
            throw new DataException(Header, $"spreads {what} over {Pieces.Count} files, which cannot hold the same number each", "check which data files belong to it");
        var each = bytes / Pieces.Count;
        if (Pieces.Count == 1) return OpenPiece(Pieces[0], each, what);
        foreach (var piece in Pieces) OpenPiece(piece, each, what).Dispose();
        return new PieceStream(Pieces, each, piece => OpenPiece(piece, each, what));
    }

    private Stream OpenPiece(string file, long bytes, string what) => ImageFile.Guard(file, () =>
    {
        var stream = ImageFile.OpenRead(file);
        try
        {
            stream.Position = Math.Min(Start, stream.Length);
            for (var line = 0L; line < Lines; line++) SkipLine(stream);
            return Decode(stream, bytes, file, file == Header ? what : $"{what} in {System.IO.Path.GetFileName(Header)}");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    });

    private Stream Decode(FileStream stream, long bytes, string file, string what)
    {
        var left = stream.Length - stream.Position;
        var needed = Skip < 0 ? bytes : bytes > long.MaxValue - Skip ? -1 : bytes + Skip;
        switch (Encoding)
        {
            case VoxelEncoding.Raw or VoxelEncoding.Text:
                ImageFile.CheckHolds(file, needed, left, what);
                stream.Position = Skip < 0 ? stream.Length - bytes : stream.Position + Skip;
                return stream;
            case VoxelEncoding.Hex:
                ImageFile.CheckHolds(file, bytes, Math.Max(0, left - Skip) / 2, what);
                stream.Position += Skip;
                return new HexStream(stream);
            case VoxelEncoding.Deflate when Skip == 0:
                ImageFile.CheckHolds(file, needed, MostInflated(left), what);
                return Inflate(stream, leaveOpen: false);
            case VoxelEncoding.Deflate:
                ImageFile.CheckHolds(file, needed, MostInflated(left), what);
                return Counted(stream, Inflate, bytes, needed, file, what);
            default:
                // A kilobyte of bzip2 can be a gigabyte of zeros, so its length says nothing: it is unpacked once to count.
                return Counted(stream, (source, leaveOpen) => new Bzip2Stream(source, leaveOpen), bytes, needed, file, what);
        }
    }

    private delegate Stream Inflater(FileStream stream, bool leaveOpen);

    private Stream Counted(FileStream stream, Inflater inflate, long bytes, long needed, string file, string what)
    {
        var start = stream.Position;
        // On to the end of the last block, where bzip2 keeps its checksum: no block has more than 64 MiB.
        var held = Count(inflate(stream, leaveOpen: true), Skip < 0 ? long.MaxValue : Math.Clamp(needed, 0, 1L << 60) + (1L << 26));
        ImageFile.CheckHolds(file, needed, held, what);
        stream.Position = start;
        var inflated = inflate(stream, leaveOpen: false);
        ImageFile.Skip(inflated, Skip < 0 ? held - bytes : Skip);
        return inflated;
    }

    private static long MostInflated(long packed) => Math.Min(packed, long.MaxValue / ImageFile.DeflateExpansion) * ImageFile.DeflateExpansion;

    private static Stream Inflate(FileStream stream, bool leaveOpen)
    {
        var start = stream.Position;
        var gzip = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = start;
        return gzip ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen) : new ZLibStream(stream, CompressionMode.Decompress, leaveOpen);
    }

    private static long Count(Stream stream, long atMost)
    {
        using var _ = stream;
        var scratch = new byte[ImageFile.BufferBytes];
        var count = 0L;
        for (var read = 1; read > 0 && count < atMost; count += read) read = stream.Read(scratch);
        return count;
    }

    private static void SkipLine(FileStream stream)
    {
        for (var read = stream.ReadByte(); read != '\n'; read = stream.ReadByte())
            if (read < 0)
                throw new EndOfStreamException();
    }
}
