using System.Numerics;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>Gives a file the geometry of its case's first image where it differs by noise alone (<see cref="GeometryNoise"/>). Holds the file twice.</summary>
public static class GeometryRepair
{
    /// <summary>
    /// Writes the file again in a folder of its own beside it, reads that back, and only when every voxel is the same and the geometry fits puts it in
    /// place of the old one, durably. Label maps are stored as uint8 or uint16, channels in their own type where the format keeps a place in space.
    /// </summary>
    /// <param name="file">A label map or a further channel, as <see cref="CaseFindings.Noisy"/> lists them.</param>
    /// <param name="isLabel">Which of them.</param>
    /// <param name="wanted">Of the first image.</param>
    /// <param name="reader">The data set's.</param>
    /// <returns>Null when it is done, else why the file was left as it is.</returns>
    /// <exception cref="DataException">The file cannot be read.</exception>
    public static string? Apply(string file, bool isLabel, ImageGeometry wanted, IImageReaderWriter reader)
    {
        var old = Read(file, isLabel, reader);
        if (!GeometryNoise.Between(wanted, old.Geometry).IsNoise) return $"{file}: differs from its image by more than noise, and is left as it is";
        if (isLabel && old.Data.Data.Any(v => !(v is >= 0 and <= ushort.MaxValue && v == (int)v)))
            return $"{file}: holds values no label has, and is left as it is";
        if (old.Data.Channels != 1) return $"{file}: holds several channels, and is left as it is";

        var aside = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, $".fix-{Guid.NewGuid():N}"));
        try
        {
            var copy = Path.Combine(aside.FullName, Path.GetFileName(file));
            if (isLabel) reader.WriteLabels(copy, Array.ConvertAll(old.Data.Data, v => (ushort)v), old.Data.Shape, wanted);
            else WriteChannel(file, copy, old, wanted, reader);
            var written = Read(copy, isLabel, reader);
            if (written.Data.Shape != old.Data.Shape || !SameBits(written.Data.Data, old.Data.Data))
                return $"{file}: its voxels do not survive writing in this format, and it is left as it is";
            if (GeometryNoise.Between(wanted, written.Geometry).Any)
                return $"{file}: its format cannot hold the image's geometry any nearer, and it is left as it is";

            // Formats may keep the spacing in a file beside the voxels.
            foreach (var part in aside.EnumerateFiles())
                DurableFile.Write(Path.Combine(aside.Parent!.FullName, part.Name), stream =>
                {
                    using var source = part.OpenRead();
                    source.CopyTo(stream);
                });
            return null;
        }
        finally
        {
            aside.Delete(recursive: true);
        }
    }

    // Turned arrays and stacks with their spacing beside them only their reader can write.
    private static void WriteChannel(string file, string copy, CaseImage old, ImageGeometry wanted, IImageReaderWriter reader)
    {
        var place = wanted switch { NibabelGeometry { Reoriented: null } nibabel => nibabel.Original.ToGeometry(), ReorientedGeometry or SpacingOnlyGeometry or NibabelGeometry => null, _ => wanted };
        using var source = ImageFormats.Open(file);
        if (place is null || source.Header.Axes != place.Spacing.Count) reader.WriteImage(copy, old.Data.Data, old.Data.Shape, wanted);
        else source.Header.Type.With(new Placing(source, place, copy));
    }

    private sealed class Placing(ImageSource source, ImageGeometry place, string copy) : IVoxelAction
    {
        public void Run<T>() where T : unmanaged, INumber<T> => ImageFormats.Write<T>(
            copy, source.ReadArray<T>(), source.Header with { Spacing = place.Spacing, Origin = place.Origin, Direction = place.Direction });
    }

    private static CaseImage Read(string file, bool isLabel, IImageReaderWriter reader) => isLabel ? reader.ReadLabels(file) : reader.ReadImages([file]);

    private static bool SameBits(float[] a, float[] b) => MemoryMarshal.AsBytes(a.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(b.AsSpan()));
}
