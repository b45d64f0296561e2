using BitMiracle.LibTiff.Classic;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>What one page of a TIFF holds.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Samples">Numbers a pixel.</param>
/// <param name="Bits">Of a number: 1, 8, 16, 32 or 64.</param>
/// <param name="Type">Of a number; of single bits uint8, 0 or 1.</param>
/// <param name="Separate">Whether the samples lie in planes of their own.</param>
internal sealed record TiffPage(int Width, int Height, int Samples, int Bits, VoxelType Type, bool Separate)
{
    // Deflate expands 1032 times at most, LZW some thousand times.
    private const long MostExpansion = 4096;

    /// <summary>What the numbers of a pixel mean.</summary>
    public VoxelKind Kind => Samples switch { 1 => VoxelKind.Scalar, 3 => VoxelKind.Rgb, 4 => VoxelKind.Rgba, _ => VoxelKind.Vector };

    /// <summary>Numbers of the page.</summary>
    public long Numbers => (long)Width * Height * Samples;

    /// <summary>Bytes of a row of one plane, as decoded.</summary>
    public long RowBytes(int pixels) => (((long)pixels * (Separate ? 1 : Samples) * Bits) + 7) / 8;

    /// <summary>Reads the fields of the page LibTiff stands at, and holds them against the length of the file.</summary>
    /// <exception cref="DataException">A field is missing, cannot be, or is not read.</exception>
    public static TiffPage Of(Tiff tiff, string file, long length)
    {
        var (width, height) = (Number(tiff, TiffTag.IMAGEWIDTH, 0), Number(tiff, TiffTag.IMAGELENGTH, 0));
        var (samples, bits) = (Number(tiff, TiffTag.SAMPLESPERPIXEL, 1), Number(tiff, TiffTag.BITSPERSAMPLE, 1));
        if (width <= 0 || height <= 0 || samples is <= 0 or > 64)
            throw new DataException(file, $"measures {width} x {height} pixels of {samples} numbers", "it is damaged; export it again");
        var page = new TiffPage(width, height, samples, bits, TypeOf(tiff, bits, file), Number(tiff, TiffTag.PLANARCONFIG, 1) == 2 && samples > 1);
        var compression = (Compression)Number(tiff, TiffTag.COMPRESSION, 1);
        if (compression == Compression.JPEG && Number(tiff, TiffTag.PHOTOMETRIC, 1) == (int)Photometric.YCBCR) tiff.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
        ImageFile.CheckHolds(
            file, checked(page.RowBytes(width) * height * (page.Separate ? samples : 1)), checked(length * (compression == Compression.NONE ? 1 : MostExpansion)),
            $"{width} x {height} pixels of {samples} x {bits} bits");
        CheckParts(tiff, file, length);
        return page;
    }

    /// <summary>A field that is one number.</summary>
    public static int Number(Tiff tiff, TiffTag tag, int absent) => tiff.GetFieldDefaulted(tag) is [var field, ..] ? field.ToInt() : absent;

    // LibTiff would allocate what these say.
    private static void CheckParts(Tiff tiff, string file, long length)
    {
        if (tiff.GetField(tiff.IsTiled() ? TiffTag.TILEBYTECOUNTS : TiffTag.STRIPBYTECOUNTS) is not [var field, ..] || field.Value is not Array sizes)
            throw new DataException(file, "does not say where its pixels are (StripByteCounts)", "it is damaged; export it again");
        foreach (var size in sizes)
            if (Convert.ToInt64(size, System.Globalization.CultureInfo.InvariantCulture) is var bytes && (bytes < 0 || bytes > length))
                throw new DataException(file, $"has a part of {bytes} bytes in a file of {length}", "it is damaged or truncated; copy or export it again");
    }

    private static VoxelType TypeOf(Tiff tiff, int bits, string file) => ((SampleFormat)Number(tiff, TiffTag.SAMPLEFORMAT, 1), bits) switch
    {
        (SampleFormat.UINT or SampleFormat.VOID, 1 or 8) => VoxelType.UInt8,
        (SampleFormat.UINT or SampleFormat.VOID, 16) => VoxelType.UInt16,
        (SampleFormat.UINT or SampleFormat.VOID, 32) => VoxelType.UInt32,
        (SampleFormat.UINT or SampleFormat.VOID, 64) => VoxelType.UInt64,
        (SampleFormat.INT, 8) => VoxelType.Int8,
        (SampleFormat.INT, 16) => VoxelType.Int16,
        (SampleFormat.INT, 32) => VoxelType.Int32,
        (SampleFormat.INT, 64) => VoxelType.Int64,
        (SampleFormat.IEEEFP, 32) => VoxelType.Float32,
        (SampleFormat.IEEEFP, 64) => VoxelType.Float64,
        var (format, _) => throw new DataException(file, $"stores numbers of {bits} bits as {format}", "export it with 8, 16, 32 or 64 bits"),
    };
}
