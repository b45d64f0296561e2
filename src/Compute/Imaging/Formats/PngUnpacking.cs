namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Rows of stored samples to whole bytes: indices become colours, fewer than 8 bits are stretched to 0..255.</summary>
internal static class PngUnpacking
{
    /// <summary>Puts a row into the picture.</summary>
    /// <param name="png">What a row holds.</param>
    /// <param name="row">Unfiltered.</param>
    /// <param name="across">Pixels in it.</param>
    /// <param name="pixels">The whole picture, samples of 16 bits big-endian.</param>
    /// <param name="firstX">Column of the row's first pixel.</param>
    /// <param name="stepX">Columns from one pixel to the next.</param>
    /// <param name="y">Row of the picture.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">An index has no colour.</exception>
    public static void Row(PngHeader png, ReadOnlySpan<byte> row, int across, Span<byte> pixels, int firstX, int stepX, int y, string file)
    {
        var size = png.Components * png.Type.Bytes();
        var target = pixels[(int)((long)y * png.Width * size)..];
        if (png is { Bits: >= 8, IsIndexed: false })
        {
            if (stepX == 1) row.CopyTo(target[(firstX * size)..]);
            else for (var i = 0; i < across; i++) row.Slice(i * size, size).CopyTo(target[((firstX + (i * stepX)) * size)..]);
            return;
        }

        var most = (1 << png.Bits) - 1;
        for (var i = 0; i < across; i++)
        {
            var bit = i * png.Bits;
            var sample = (row[bit / 8] >> (8 - png.Bits - (bit % 8))) & most;
            var at = (firstX + (i * stepX)) * size;
            if (!png.IsIndexed) target[at] = (byte)(sample * 255 / most);
            else if ((sample + 1) * size <= png.Palette.Length) png.Palette.AsSpan(sample * size, size).CopyTo(target[at..]);
            else throw new DataException(file, $"uses colour {sample} of a palette of {png.Palette.Length / size}", "it is damaged; export it again");
        }
    }
}
