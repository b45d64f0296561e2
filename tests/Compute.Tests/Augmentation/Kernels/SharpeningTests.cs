using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class SharpeningTests
{
    [Theory, InlineData(5, 4, 19), InlineData(1, 6, 9), InlineData(2, 1, 17), InlineData(3, 3, 3)]
    public void the_laplacian_with_repeated_edges_is_added(int z, int y, int x)
    {
        var shape = new VolumeShape(z, y, x);
        var values = Naive.Noise(shape, 3);
        float[] expected = [.. Naive.Voxels(shape).Select(v => At(v) + (0.3f * Laplacian(v)))];
        using var memory = new Workspace();
        Sharpening.Apply(values, shape, 0.3f, memory);
        GoldenTransforms.Close(expected, values);

        float At((int Z, int Y, int X) v) =>
            values[Naive.Index(shape, Math.Clamp(v.Z, 0, z - 1), Math.Clamp(v.Y, 0, y - 1), Math.Clamp(v.X, 0, x - 1))];

        // In 2D the reference takes four neighbours; the two of an axis that is not there are the voxel itself.
        float Laplacian((int Z, int Y, int X) v) => (6 * At(v)) - At(v with { Z = v.Z - 1 }) - At(v with { Z = v.Z + 1 }) - At(v with { Y = v.Y - 1 })
            - At(v with { Y = v.Y + 1 }) - At(v with { X = v.X - 1 }) - At(v with { X = v.X + 1 });
    }
}
