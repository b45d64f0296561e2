using System.Numerics;
using BitMiracle.LibTiff.Classic;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Pixels of a TIFF, page by page through LibTiff, which undoes compression and byte order. Holds one page besides the target.</summary>
internal sealed class TiffImageSource(string file, ImageHeader header, TiffFile tiff) : ImageSource(file, header)
{
    private readonly TiffPage _page = tiff.Page;

    /// <inheritdoc/>
    public override void ReadParts(PartReader part)
    {
        var (bytes, numbers) = (Buffer(), new double[_page.Numbers]);
        foreach (var page in tiff.Pages)
        {
            Convert(Decode(page, bytes), numbers.AsSpan());
            part(numbers);
        }
    }

    protected override void ReadAll<T>(Span<T> values)
    {
        var (bytes, done) = (Buffer(), 0);
        foreach (var page in tiff.Pages)
        {
            Convert(Decode(page, bytes), values.Slice(done, (int)_page.Numbers));
            done += (int)_page.Numbers;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) tiff.Dispose();
    }

    private byte[] Buffer() => GC.AllocateUninitializedArray<byte>(checked((int)(_page.Numbers * _page.Type.Bytes())));

    // LibTiff hands over the machine's byte order.
    private void Convert<T>(byte[] bytes, Span<T> values) where T : unmanaged, INumber<T> =>
        new StoredVoxels(_page.Type, BigEndian: !BitConverter.IsLittleEndian).Convert(bytes, values);

    private byte[] Decode(short page, byte[] bytes) => TiffFile.Guard(File, () =>
    {
        var from = tiff.Tiff;
        if (!from.SetDirectory(page)) throw Damaged(page);
        if (TiffPage.Number(from, TiffTag.COMPRESSION, 1) == (int)Compression.JPEG) from.SetField(TiffTag.JPEGCOLORMODE, JpegColorMode.RGB);
        var (across, down) = from.IsTiled()
            ? (TiffPage.Number(from, TiffTag.TILEWIDTH, 0), TiffPage.Number(from, TiffTag.TILELENGTH, 0))
            : (_page.Width, Math.Min((uint)TiffPage.Number(from, TiffTag.ROWSPERSTRIP, int.MaxValue), (uint)_page.Height) is var rows and > 0 ? (int)rows : _page.Height);
        if (across <= 0 || down <= 0 || _page.RowBytes(across) * down > (16 * bytes.LongLength) + (1 << 20))
            throw new DataException(File, $"has tiles of {across} x {down} pixels", "it is damaged; export it again");
        var part = new byte[_page.RowBytes(across) * down];
        var number = 0;
        for (var plane = 0; plane < (_page.Separate ? _page.Samples : 1); plane++)
            for (var y = 0; y < _page.Height; y += down)
                for (var x = 0; x < _page.Width; x += across, number++)
                {
                    var read = from.IsTiled() ? from.ReadEncodedTile(number, part, 0, part.Length) : from.ReadEncodedStrip(number, part, 0, part.Length);
                    var (wide, high) = (Math.Min(across, _page.Width - x), Math.Min(down, _page.Height - y));
                    if (read < (_page.RowBytes(across) * (high - 1)) + _page.RowBytes(wide)) throw Damaged(page);
                    for (var row = 0; row < high; row++) Place(part.AsSpan((int)(_page.RowBytes(across) * row)), wide, x, y + row, plane, bytes);
                }

        return bytes;
    });

    private void Place(ReadOnlySpan<byte> row, int wide, int x, int y, int plane, Span<byte> bytes)
    {
        var size = _page.Type.Bytes();
        var at = (((y * _page.Width) + x) * _page.Samples * size) + (plane * size);
        if (_page.Bits == 1)
            for (var i = 0; i < wide * _page.Samples; i++) bytes[at + i] = (byte)((row[i / 8] >> (7 - (i % 8))) & 1);
        else if (!_page.Separate) row[..(wide * _page.Samples * size)].CopyTo(bytes[at..]);
        else
            for (var i = 0; i < wide; i++) row.Slice(i * size, size).CopyTo(bytes[(at + (i * _page.Samples * size))..]);
    }

    private DataException Damaged(short page) => new(File, $"cannot be decoded on page {page} ({TiffErrors.Take()})", "it is damaged or truncated; copy or export it again");
}
