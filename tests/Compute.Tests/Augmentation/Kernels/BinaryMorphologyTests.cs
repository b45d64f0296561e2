using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Kernels;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class BinaryMorphologyTests
{
    public static TheoryData<string, double> Operators
    {
        get
        {
            var data = new TheoryData<string, double>();
            foreach (var name in Enum.GetNames<BinaryOperator>())
            {
                data.Add(name, 1);
                data.Add(name, 2.6);
            }

            return data;
        }
    }

    [Theory, InlineData("ball", 1), InlineData("ball", 1.5), InlineData("ball", 2.6), InlineData("ball", 3.4), InlineData("ball", 7.9)]
    [InlineData("disk", 1), InlineData("disk", 1.5), InlineData("disk", 2.6), InlineData("disk", 3.4), InlineData("disk", 7.9)]
    public void balls_and_disks_are_the_references_voxel_by_voxel(string kind, double radius)
    {
        var expected = new Npz(TestPaths.Golden("i_augment", "strels.npz"))[FormattableString.Invariant($"{kind}_{radius}")];
        var element = kind == "ball" ? StructuringElement.Ball(radius) : StructuringElement.Disk(radius);
        int[] shape = kind == "ball" ? expected.Shape : [1, .. expected.Shape];
        Assert.Equal<int>(shape, new[] { element.Depth, element.Size, element.Size });
        var actual = new byte[expected.Bytes.Length];
        var extent = VolumeShape.From(shape);
        foreach (var run in element.Runs)
            for (var x = run.First; x <= run.Last; x++)
                actual[Naive.Index(extent, run.Z + ((shape[0] - 1) / 2), run.Y + ((shape[1] - 1) / 2), x + ((shape[2] - 1) / 2))] = 1;
        Assert.Equal(expected.Bytes, actual);
    }

    [Theory, MemberData(nameof(Operators))]
    public void operators_equal_the_reference_and_take_from_the_other_labels(string name, double radius)
    {
        var file = new Npz(TestPaths.Golden("i_augment", FormattableString.Invariant($"binop_{name.ToLowerInvariant()}_{radius}.npz")));
        var channels = file["onehot"].Floats();
        using var memory = new Workspace();
        var shape = VolumeShape.From(file["onehot"].Shape[1..]);
        BinaryMorphology.Apply(Enum.Parse<BinaryOperator>(name), StructuringElement.Ball(radius), channels, 1, shape, memory);
        Assert.Equal(file["out_onehot"].Floats(), channels);
    }

    [Property(MaxTest = 40)]
    public bool dilation_and_erosion_are_what_the_correlation_says(int seed, byte size, bool erode)
    {
        var random = new Random(seed);
        var shape = new VolumeShape(seed % 3 == 0 ? 1 : random.Next(1, 9), random.Next(1, 9), random.Next(1, 12));
        var radius = 1 + (size % 40 / 10.0);
        var element = shape.Z == 1 ? StructuringElement.Disk(radius) : StructuringElement.Ball(radius);
        float[] mask = [.. Enumerable.Range(0, (int)shape.Voxels).Select(_ => random.Next(4) == 0 ? 1f : 0f)];
        float[] expected = [.. Naive.Voxels(shape).Select(v => Seen(v) != erode ? 1f : 0f)];
        if (!mask.Contains(1f)) expected = mask;
        using var memory = new Workspace();
        var actual = (float[])mask.Clone();
        BinaryMorphology.Apply(erode ? BinaryOperator.Erosion : BinaryOperator.Dilation, element, actual, 0, shape, memory);
        return expected.SequenceEqual(actual);

        // Whether the element, laid upon a voxel, covers one of the mask; or of its complement, which ends with the patch.
        bool Seen((int Z, int Y, int X) v) => element.Runs.Any(run => Enumerable.Range(run.First, run.Last - run.First + 1).Any(x =>
            Naive.Holds(shape, v.Z + run.Z, v.Y + run.Y, v.X + x) && mask[Naive.Index(shape, v.Z + run.Z, v.Y + run.Y, v.X + x)] == (erode ? 0 : 1)));
    }
}
