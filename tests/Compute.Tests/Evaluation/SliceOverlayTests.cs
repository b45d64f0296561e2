using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Evaluation;

public class SliceOverlayTests
{
    [Fact]
    public void the_slice_that_shows_the_classes_best_is_chosen()
    {
        // Class 1 fills slice 0 with four voxels and slice 2 with one; class 2 slice 2 with two.
        short[] labels = [1, 1, 1, 1, 0, 0, 0, 0, 1, 2, 2, 0];
        // First column: 0.8, 0, 0.2. Second, with the first one's sum of 1: 2 of 3 in slice 2. Rows: 0.8, 0, 0.2 + 0.667.
        Assert.Equal(2, SliceOverlay.BestSlice(labels, new VolumeShape(3, 2, 2)));
        Assert.Equal(0, SliceOverlay.BestSlice([.. labels.Select(l => l == 2 ? (short)0 : l)], new VolumeShape(3, 2, 2)));
        // Three of four and one of four; two of three in slice 2; one of 2.67 in slice 0: 1.125 against 0.917. Each column by itself would be 1.75 against 1.25.
        Assert.Equal(0, SliceOverlay.BestSlice([3, 1, 1, 1, 0, 0, 0, 0, 1, 2, 2, 0], new VolumeShape(3, 2, 2)));
    }

    [Fact]
    public void without_foreground_the_first_slice_is_shown_and_what_is_below_0_is_none()
    {
        Assert.Equal(0, SliceOverlay.BestSlice(new short[12], new VolumeShape(3, 2, 2)));
        Assert.Equal(0, SliceOverlay.BestSlice([0, 0, -1, -1], new VolumeShape(2, 1, 2)));
    }

    [Fact]
    public void colours_follow_the_rank_of_labels_in_the_slice()
    {
        // Grey from 0 to 255; label 7, the second lowest here, gets the second colour, 4363d8, at half strength.
        var rgba = SliceOverlay.Blend([10, 20, 30], [0, 7, -1], 0.5);
        double[] middle = [127.5 + (0.5 * 0x43), 127.5 + (0.5 * 0x63), 127.5 + (0.5 * 0xd8)];
        Assert.Equal([0, 0, 0, 255, .. middle.Select(v => (byte)(v / 255 * 255)), 255, 255, 255, 255, 255], rgba);
    }

    [Fact]
    public void a_slice_of_one_brightness_shows_its_labels_on_black()
    {
        Assert.Equal([0, 0, 0, 255, 0, 0, 0, 255], SliceOverlay.Blend([5, 5], [0, 0], 0.6));
        var rgba = SliceOverlay.Blend([5, 5], [0, 1], 0.6);
        Assert.Equal([0, 0, 0, 255], rgba[..4]);
        Assert.Equal(255, rgba[6]);
    }

    [Fact]
    public void more_labels_than_colours_and_values_that_are_none_are_drawn()
    {
        var rgba = SliceOverlay.Blend([.. Enumerable.Repeat(1f, 39), float.NaN], [.. Enumerable.Range(0, 40).Select(i => (short)i)], 0.6);
        Assert.Equal(160, rgba.Length);
    }

    [Fact]
    public void pictures_are_written_with_opacity()
    {
        using var folder = new TemporaryFolder();
        SliceOverlay.Save(folder.File("o.png"), SliceOverlay.Blend([1, 2, 3, 4, 5, 6], [0, 0, 1, 1, 2, 2], 0.6), height: 2, width: 3);
        using var picture = ImageFormats.Open(folder.File("o.png"));
        Assert.Equal((VoxelKind.Rgba, 3, 2), (picture.Header.Kind, picture.Header.Size[0], picture.Header.Size[1]));
    }
}
