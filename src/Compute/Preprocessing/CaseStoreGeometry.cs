using System.Runtime.InteropServices;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Preprocessing;

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
            return new ImageGeometry(steps, origin, direction);
        }

        if (root["nibabel_stuff"] is PickleDict nibabel && nibabel["original_affine"] is NumpyArray { Dtype: "<f8", Shape: [4, 4] } affine)
            return FromAffine(MemoryMarshal.Cast<byte, double>(affine.Bytes));

        // Natural images and TIFF stacks have a spacing alone.
        return new ImageGeometry([spacing.X, spacing.Y, spacing.Z], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
    }

    // nibabel's world is RAS, ITK's LPS: the first two coordinates change sign. Columns are the steps along x, y and z.
    private static ImageGeometry FromAffine(ReadOnlySpan<double> affine)
    {
        var (spacing, origin, direction) = (new double[3], new double[3], new double[9]);
        for (var column = 0; column < 3; column++)
        {
            var (a, b, c) = (affine[column], affine[4 + column], affine[8 + column]);
            spacing[column] = Math.Sqrt((a * a) + (b * b) + (c * c));
            var unit = spacing[column] > 0 ? spacing[column] : 1;
            (direction[column], direction[3 + column], direction[6 + column]) = (-a / unit, -b / unit, c / unit);
        }

        (origin[0], origin[1], origin[2]) = (-affine[3], -affine[7], affine[11]);
        return new ImageGeometry(spacing, origin, direction);
    }
}
