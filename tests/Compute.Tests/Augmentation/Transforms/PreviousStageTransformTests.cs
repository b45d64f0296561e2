using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Tests.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Transforms;

public class PreviousStageTransformTests
{
    [SharedFact("golden/i_augment")]
    public void the_stage_before_becomes_channels_as_in_the_reference()
    {
        var golden = new GoldenTransforms("cascade_onehot_move");
        var (image, expected, labels) = (golden["image"].Floats(), golden["out_image"].Floats(), GoldenTransforms.Shorts(golden["seg"]));
        var shape = golden.ShapeOf("image");
        var voxels = (int)shape.Voxels;
        var data = new float[expected.Length];
        image.CopyTo(data, 0);
        using var memory = new Workspace();
        var sample = new Sample(data, image.Length / voxels, labels.AsSpan(0, voxels), labels.AsSpan(voxels), shape, memory);
        int[] all = [.. golden.Parameters["all_labels"]!.AsArray().Select(v => v!.GetValue<int>())];
        new PreviousStageTransform(all).ApplyByChance(default, sample);
        Assert.Equal(expected, data);
        Assert.Equal(GoldenTransforms.Shorts(golden["out_seg"]), labels[..voxels]);
    }

    [Fact]
    public void what_lies_outside_is_background_in_both_label_maps()
    {
        short[] labels = [-1, 0, 2], previous = [1, -1, 0];
        using var memory = new Workspace();
        var sample = new Sample(new float[6], 1, labels, previous, new(1, 1, 3), memory);
        new RemoveLabelTransform().ApplyByChance(default, sample);
        Assert.Equal([0, 0, 2], labels);
        Assert.Equal([1, 0, 0], previous);
    }

    [Fact]
    public void what_is_taken_from_one_label_may_go_to_another()
    {
        float[] channels = [1, 1, 0, 0, 0, 0, 0, 0];
        using var memory = new Workspace();
        var sample = new Sample(channels, 0, new short[4], [], new(1, 1, 4), memory);
        new RemoveComponentTransform(1, LabelChance: 1, LargestPart: 0.6, FillChance: 1).ApplyByChance(new Philox(default, 0, 0), sample);
        // Whichever label came first, the component has moved, and moved back where the other came second.
        Assert.Equal(2, channels.Sum());
        Assert.Equal(0, channels[2] + channels[3] + channels[6] + channels[7]);
    }
}
