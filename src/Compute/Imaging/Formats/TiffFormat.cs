using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;
using BitMiracle.LibTiff.Classic;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>
/// TIFF: pages of equal size are slices. Numbers are taken as stored, whatever they stand for (indices of a palette, white at 0), as nnU-Net's library
/// for TIFF has it. Written with deflate, a strip a page.
/// </summary>
internal sealed class TiffFormat : IImageFormat
{
    private const long MostBytes = uint.MaxValue - (1L << 24);

    /// <inheritdoc/>
    public IReadOnlyList<string> Endings { get; } = [".tif", ".tiff"];

    /// <inheritdoc/>
    public ImageSource Open(string file)
    {
        var tiff = TiffFile.Open(file);
        try
        {
            var (page, slices) = (tiff.Page, tiff.Pages.Count);
            var header = ImageHeader.WithoutGeometry("TIFF", page.Type, slices > 1 ? [page.Width, page.Height, slices] : [page.Width, page.Height]);
            return new TiffImageSource(file, header with
            {
                Kind = page.Kind,
                Components = page.Samples,
                Spacing = slices > 1 ? [tiff.Spacing.X, tiff.Spacing.Y, 1] : [tiff.Spacing.X, tiff.Spacing.Y],
            }, tiff);
        }
        catch
        {
            tiff.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Write<T>(string file, ReadOnlySpan<T> values, ImageHeader header) where T : unmanaged
    {
        if (values.Length != header.Values) throw new ArgumentException($"the image needs {header.Values} values, got {values.Length}", nameof(values));
        var type = VoxelTypes.Of<T>();
        if (header.Kind == VoxelKind.Complex || header.Axes is < 2 || header.Size.Skip(3).Any(extent => extent > 1))
            throw new DataException(file, $"cannot hold {string.Join(" x ", header.Size)} voxels of kind {header.Kind}", "TIFF holds slices of numbers or colours; choose another format");
        if (header.Values * type.Bytes() > MostBytes) throw new DataException(file, "would be larger than 4 GB", "choose another format");
        var slices = header.Axes > 2 ? header.Size[2] : 1;
        var bytes = MemoryMarshal.AsBytes(values).ToArray();
        TiffErrors.Install();
        DurableFile.Write(file, stream =>
        {
            using var tiff = Tiff.ClientOpen(file, "wl", stream, new Unclosed()) ?? throw new IOException(TiffErrors.Take());
            for (var slice = 0; slice < slices; slice++) Page(tiff, header, type, slice, slices, bytes);
        });
    }

    private static void Page(Tiff tiff, ImageHeader header, VoxelType type, int slice, int slices, byte[] bytes)
    {
        var length = bytes.Length / slices;
        void Set(TiffTag tag, params object[] value) => tiff.SetField(tag, value);
        Set(TiffTag.IMAGEWIDTH, header.Size[0]);
        Set(TiffTag.IMAGELENGTH, header.Size[1]);
        Set(TiffTag.SAMPLESPERPIXEL, header.Components);
        Set(TiffTag.BITSPERSAMPLE, 8 * type.Bytes());
        Set(TiffTag.SAMPLEFORMAT, !type.IsInteger() ? SampleFormat.IEEEFP : type.ToString()[0] == 'U' ? SampleFormat.UINT : SampleFormat.INT);
        Set(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        Set(TiffTag.PHOTOMETRIC, header.Kind is VoxelKind.Rgb or VoxelKind.Rgba ? Photometric.RGB : Photometric.MINISBLACK);
        if (header.Components == 4 && header.Kind == VoxelKind.Rgba) Set(TiffTag.EXTRASAMPLES, 1, new short[] { (short)ExtraSample.UNASSALPHA });
        else if (header.Kind == VoxelKind.Vector) Set(TiffTag.EXTRASAMPLES, header.Components - 1, new short[header.Components - 1]);
        Set(TiffTag.COMPRESSION, Compression.ADOBE_DEFLATE);
        Set(TiffTag.ROWSPERSTRIP, header.Size[1]);
        if (slices > 1)
        {
            Set(TiffTag.SUBFILETYPE, FileType.PAGE);
            Set(TiffTag.PAGENUMBER, slice, slices);
        }

        if (tiff.WriteEncodedStrip(0, bytes, slice * length, length) < 0 || !tiff.WriteDirectory()) throw new IOException($"page {slice}: {TiffErrors.Take()}");
    }

    // The stream belongs to the durable write.
    private sealed class Unclosed : TiffStream
    {
        public override void Close(object clientData)
        {
        }
    }
}
