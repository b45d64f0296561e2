using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class LabelTransformTests
{
    [Theory, InlineData("mirror_02", 0b101)]
    public void mirroring_equals_the_reference(string name, int axes) => Mirror(name, axes);

    [SharedTheory("golden/i_augment"), InlineData("mirror_0", 1), InlineData("mirror_1", 2), InlineData("mirror_2", 4), InlineData("mirror_012", 7)]
    public void mirroring_any_axes_equals_the_reference(string name, int axes) => Mirror(name, axes);

    [Theory, InlineData("downsample_ds_aniso_odd"), InlineData("downsample_ds_hippocampus")]
    public void targets_of_lower_outputs_equal_the_reference(string name)
    {
        var golden = new GoldenTransforms(name);
        var labels = GoldenTransforms.Shorts(golden["seg"]);
        var outputs = golden.Outputs.ToList();
        Assert.True(outputs.Count >= 3);
        foreach (var output in outputs)
        {
            var actual = new short[golden.ShapeOf(output).Voxels];
            new NearestReduction(golden.ShapeOf("seg"), golden.ShapeOf(output)).Apply(labels, actual);
            Assert.Equal(GoldenTransforms.Shorts(golden[output]), actual);
        }
    }

    [Fact]
    public void removing_the_outside_label_equals_the_reference()
    {
        var golden = new GoldenTransforms("remove_label");
        var labels = GoldenTransforms.Shorts(golden["seg"]);
        Assert.Contains((short)-1, labels);
        Mask.RemoveLabel(labels);
        Assert.Equal(GoldenTransforms.Shorts(golden["out0"]), labels);
    }

    [SharedFact("golden/i_augment")]
    public void masking_equals_the_reference()
    {
        var golden = new GoldenTransforms("mask_image");
        var labels = GoldenTransforms.Shorts(golden["seg"]);
        golden.Check((channel, values, _) => { if (channel == 0) Mask.Apply(values, labels); }, "out_image");
    }

    [Fact]
    public void removing_works_at_any_length()
    {
        for (var length = 0; length < 70; length++)
        {
            var labels = Enumerable.Range(0, length).Select(i => (short)((i % 4) - 1)).ToArray();
            Mask.RemoveLabel(labels);
            Assert.Equal(Enumerable.Range(0, length).Select(i => (short)Math.Max((i % 4) - 1, 0)), labels);
        }
    }

    private static void Mirror(string name, int axes)
    {
        var golden = new GoldenTransforms(name);
        golden.Check((_, values, shape) => Flip.Axes<float>(values, shape, axes), "out_image");
        var labels = GoldenTransforms.Shorts(golden["seg"]);
        Flip.Axes<short>(labels, golden.ShapeOf("seg"), axes);
        Assert.Equal(GoldenTransforms.Shorts(golden["out_seg"]), labels);
    }
}
