using System.Buffers.Binary;
using System.IO.Compression;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Imaging;

/// <summary>Writes the kinds of PNG that the library reads but does not write, pass by pass from the specification's table.</summary>
internal static class PngBuilder
{
    /// <summary>Indices of 2 bits with a palette, in the seven passes of Adam7.</summary>
    public static byte[] Interlaced(int width, int height, int[] indices, byte[] palette)
    {
        // The pass each pixel of an 8 x 8 block belongs to.
        int[] passes =
        [
            1, 6, 4, 6, 2, 6, 4, 6, 7, 7, 7, 7, 7, 7, 7, 7, 5, 6, 5, 6, 5, 6, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7,
            3, 6, 4, 6, 3, 6, 4, 6, 7, 7, 7, 7, 7, 7, 7, 7, 5, 6, 5, 6, 5, 6, 5, 6, 7, 7, 7, 7, 7, 7, 7, 7,
        ];
        var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            for (var pass = 1; pass <= 7; pass++)
                for (var y = 0; y < height; y++)
                {
                    var row = Enumerable.Range(0, width).Where(x => passes[(y % 8 * 8) + (x % 8)] == pass).Select(x => indices[(y * width) + x]).ToArray();
                    if (row.Length == 0) continue;
                    zip.WriteByte(0);
                    foreach (var four in row.Chunk(4)) zip.WriteByte((byte)four.Select((index, i) => index << (6 - (2 * i))).Sum());
                }

        var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        byte[] size = [0, 0, 0, (byte)width, 0, 0, 0, (byte)height];
        Chunk(png, "IHDR"u8, [.. size, 2, 3, 0, 0, 1]);
        Chunk(png, "PLTE"u8, palette);
        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> type, byte[] bytes)
    {
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
        png.Write(number);
        png.Write(type);
        png.Write(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of([.. type, .. bytes]));
        png.Write(number);
    }
}
