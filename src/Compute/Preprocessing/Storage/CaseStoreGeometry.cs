using System.Runtime.InteropServices;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>The geometry in properties that any of nnU-Net's readers left (spec 01 section 5.2).</summary>
internal static class CaseStoreGeometry
{
    public static ImageGeometry Read(PickleDict root, Spacing spacing, string path)
    {
        if (root["sitk_stuff"] is PickleDict stuff)
        {
            var direction = CaseStoreProperties.Numbers(stuff, "direction", path, 9, 4);
            var axes = direction.Count == 9 ? 3 : 2;
            var (steps, origin) = (CaseStoreProperties.Numbers(stuff, "spacing", path, axes), CaseStoreProperties.Numbers(stuff, "origin", path, axes));
            return stuff["original_orientation"] is string code && axes == 3
                ? new ReorientedGeometry(steps, origin, direction, Orientation.Parse(code).Code)
                : new ImageGeometry(steps, origin, direction);
        }

        if (root["nibabel_stuff"] is PickleDict nibabel && Matrix(nibabel["original_affine"]) is { } original)
            return new NibabelGeometry(original, Matrix(nibabel["reoriented_affine"]));

        // Natural images and TIFF stacks have a spacing alone.
        return new SpacingOnlyGeometry(spacing);
    }

    /// <summary>The entry that nnU-Net's reader of this geometry leaves; null for readers that leave a spacing alone.</summary>
    public static (string Key, PickleDict Value)? Write(ImageGeometry geometry)
    {
        var entry = new PickleDict();
        if (geometry is NibabelGeometry nibabel)
        {
            entry.Add("original_affine", Matrix(nibabel.Original));
            if (nibabel.Reoriented is { } reoriented) entry.Add("reoriented_affine", Matrix(reoriented));
            return ("nibabel_stuff", entry);
        }

        if (geometry is SpacingOnlyGeometry) return null;
        entry.Add("spacing", Numbers(geometry.Spacing));
        entry.Add("origin", Numbers(geometry.Origin));
        entry.Add("direction", Numbers(geometry.Direction));
        if (geometry is ReorientedGeometry { OriginalOrientation: var code }) entry.Add("original_orientation", code);
        return ("sitk_stuff", entry);
    }

    private static PickleTuple Numbers(IReadOnlyList<double> values) => new([.. values.Select(v => (object?)v)]);

    private static NumpyArray Matrix(Affine affine) => new("<f8", [4, 4], MemoryMarshal.AsBytes(affine.Values.ToArray().AsSpan()).ToArray());

    private static Affine? Matrix(object? entry) =>
        entry is NumpyArray { Dtype: "<f8", Shape: [4, 4] } matrix ? new Affine(MemoryMarshal.Cast<byte, double>(matrix.Bytes).ToArray()) : null;
}
