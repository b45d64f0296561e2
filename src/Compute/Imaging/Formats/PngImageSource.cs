using System.IO.Compression;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Pixels of a PNG: rows are inflated, unfiltered and unpacked (PNG specification, sections 8 and 9). Holds the unpacked bytes besides the target.</summary>
internal sealed class PngImageSource(string file, ImageHeader header, PngHeader png, PngChunks chunks) : ImageSource(file, header)
{
    // First column and row and their steps, of the seven passes of Adam7; of a picture that is not interlaced there is one.
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)], Once = [(0, 0, 1, 1)];

    protected override void ReadAll<T>(Span<T> values)
    {
        var bytes = ImageFile.Guard(File, Pixels);
        new StoredVoxels(png.Type, BigEndian: true).Convert(bytes, values);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) chunks.Dispose();
    }

    private byte[] Pixels()
    {
        var pixels = GC.AllocateUninitializedArray<byte>(checked((int)(Header.Values * png.Type.Bytes())));
        using var zip = new ZLibStream(chunks, CompressionMode.Decompress, leaveOpen: true);
        foreach (var (firstX, firstY, stepX, stepY) in png.Interlaced ? Adam7 : Once)
        {
            var (across, down) = ((png.Width - firstX + stepX - 1) / stepX, (png.Height - firstY + stepY - 1) / stepY);
            if (across <= 0 || down <= 0) continue;
            var (row, above) = (new byte[png.RowBytes(across)], new byte[png.RowBytes(across)]);
            for (var y = 0; y < down; y++)
            {
                var filter = zip.ReadByte();
                if (filter < 0) throw new EndOfStreamException();
                zip.ReadExactly(row);
                PngFilters.Undo(filter, row, above, Math.Max(1, png.PixelBits / 8), File);
                PngUnpacking.Row(png, row, across, pixels, firstX, stepX, firstY + (y * stepY), File);
                (row, above) = (above, row);
            }
        }

        // What follows the last row is the checksum of the whole.
        _ = zip.ReadByte();
        return pixels;
    }
}
