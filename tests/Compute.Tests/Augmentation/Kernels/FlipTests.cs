using ActorSeg.Compute.Augmentation.Kernels;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class FlipTests
{
    [Property(MaxTest = 100)]
    public bool any_axes_of_any_extents_are_reversed(byte z, byte y, byte x, byte axes)
    {
        // Rows longer than what is swapped at once, too.
        var shape = new VolumeShape(1 + (z % 5), 1 + (y % 6), 1 + (x * 2));
        short[] values = [.. Enumerable.Range(0, (int)shape.Voxels).Select(i => (short)i)];
        short[] expected = [.. Naive.Voxels(shape).Select(v => values[Naive.Index(
            shape, (axes & 1) != 0 ? shape.Z - 1 - v.Z : v.Z, (axes & 2) != 0 ? shape.Y - 1 - v.Y : v.Y, (axes & 4) != 0 ? shape.X - 1 - v.X : v.X)])];
        Flip.Axes<short>(values, shape, axes & 7);
        return expected.AsSpan().SequenceEqual(values);
    }
}
