using System.Buffers.Binary;
using SkiaSharp;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Small BMP and JPEG files, which the library reads but does not write.</summary>
internal static class Pictures2D
{
    /// <summary>An uncompressed BMP: 8 bits with a palette of greys whose pixel (x, y) is 10 x + y, or 24 bits with red x, green y, blue 7.</summary>
    public static byte[] Bmp(int width, int height, int bits)
    {
        var (palette, row) = (bits == 8 ? 1024 : 0, ((width * bits / 8) + 3) / 4 * 4);
        var bytes = new byte[54 + palette + (row * height)];
        (bytes[0], bytes[1]) = ((byte)'B', (byte)'M');
        void Put(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
        foreach (var (at, value) in new[] { (2, bytes.Length), (10, 54 + palette), (14, 40), (18, width), (22, height), (26, 1 | (bits << 16)), (34, row * height) }) Put(at, value);
        for (var i = 0; i < palette / 4; i++) Put(54 + (4 * i), i * 0x010101);
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                // Rows are stored from the bottom.
                var at = 54 + palette + ((height - 1 - y) * row) + (x * bits / 8);
                if (bits == 8) bytes[at] = (byte)((10 * x) + y);
                else (bytes[at], bytes[at + 1], bytes[at + 2]) = (7, (byte)y, (byte)x);
            }

        return bytes;
    }

    /// <summary>A JPEG of one colour: grey 90, or red 200, green 100, blue 50.</summary>
    public static byte[] Jpeg(int width, int height, bool grey)
    {
        using var picture = new SKBitmap(new SKImageInfo(width, height, grey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque));
        picture.Erase(grey ? new SKColor(90, 90, 90) : new SKColor(200, 100, 50));
        using var data = picture.Encode(SKEncodedImageFormat.Jpeg, 95);
        return data.ToArray();
    }
}
