using System.Buffers.Binary;
using SkiaSharp;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>BMP and JPEG through Skia, 8 bits. Written is neither: label maps and images in them would lose what they hold; PNG keeps it.</summary>
internal sealed class PictureFormat : IImageFormat
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".bmp", ".jpg", ".jpeg"];

    /// <inheritdoc/>
    public ImageSource Open(string file) => ImageFile.Guard(file, () =>
    {
        var bytes = File.ReadAllBytes(file);
        using var codec = SKCodec.Create(new SKMemoryStream(bytes));
        if (codec is null) throw new DataException(file, "is not read as BMP or JPEG", "check what the file is, and export it as PNG");
        var (name, size) = (codec.EncodedFormat == SKEncodedImageFormat.Bmp ? "BMP" : codec.EncodedFormat == SKEncodedImageFormat.Jpeg ? "JPEG" : null, codec.Info);
        if (name is null) throw new DataException(file, $"is {codec.EncodedFormat}, not what its name says", "give it the ending of its format");
        // Both can squeeze plain areas; more than a thousand pixels a byte is no picture.
        ImageFile.CheckHolds(file, (long)size.Width * size.Height, checked(bytes.LongLength * ImageFile.DeflateExpansion), $"{size.Width} x {size.Height} pixels");
        var grey = codec.Info.ColorType == SKColorType.Gray8 || (name == "BMP" && HasGreyPalette(bytes));
        var header = ImageHeader.WithoutGeometry(name, VoxelType.UInt8, [size.Width, size.Height]) with
        {
            Kind = grey ? VoxelKind.Scalar : VoxelKind.Rgb,
            Components = grey ? 1 : 3,
        };
        return (ImageSource)new PictureSource(file, header, bytes);
    });

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged =>
        throw new DataException(file, "is BMP or JPEG, which are read but not written", "choose .png, which keeps every value");

    // A palette of greys is how BMP holds grey pictures.
    private static bool HasGreyPalette(ReadOnlySpan<byte> bmp)
    {
        if (bmp.Length < 54 || BinaryPrimitives.ReadUInt16LittleEndian(bmp[28..]) > 8) return false;
        var (bits, first, used) = (BinaryPrimitives.ReadUInt16LittleEndian(bmp[28..]), 14 + (long)BinaryPrimitives.ReadUInt32LittleEndian(bmp[14..]), BinaryPrimitives.ReadUInt32LittleEndian(bmp[46..]));
        var colours = used == 0 ? 1L << bits : Math.Min(used, 256);
        for (var i = 0; i < colours; i++)
        {
            var at = first + (4 * i);
            if (at > bmp.Length - 3) return false;
            if (bmp[(int)at] != bmp[(int)at + 1] || bmp[(int)at] != bmp[(int)at + 2]) return false;
        }

        return true;
    }

    private sealed class PictureSource(string file, ImageHeader header, byte[] bytes) : ImageSource(file, header)
    {
        protected override void ReadAll<T>(Span<T> values)
        {
            using var codec = SKCodec.Create(new SKMemoryStream(bytes)) ?? throw new DataException(File, "cannot be decoded", "export it again");
            var info = new SKImageInfo(Header.Size[0], Header.Size[1], SKColorType.Rgba8888, SKAlphaType.Unpremul);
            using var picture = new SKBitmap(info);
            var result = codec.GetPixels(info, picture.GetPixels());
            if (result != SKCodecResult.Success) throw new DataException(File, $"cannot be decoded ({result})", "it is damaged or truncated; copy or export it again");
            var pixels = picture.GetPixelSpan();
            for (int i = 0, at = 0; at < values.Length; i += 4)
                for (var c = 0; c < Header.Components; c++)
                    values[at++] = T.CreateTruncating(pixels[i + c]);
        }
    }
}
