using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Preprocessing;

public class BoxReadingTests
{
    // The reference fills a box that lies outside altogether with zeros, whatever the padding; no patch ever does (spec 06 section 2.4).
    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void boxes_that_reach_beyond_the_volume_are_padded_as_in_the_reference(int box)
    {
        var golden = new Npz(TestPaths.Golden("i_augment", "crop_and_pad.npz"));
        var input = golden["input"];
        var shape = VolumeShape.From(input.Shape[1..]);
        int[] bounds = [.. golden[$"bbox{box}"].Longs().Select(v => (int)v)];
        var expected = golden[$"out{box}_pad7"].Floats();
        var actual = new float[expected.Length];
        using var array = new StoredCaseArray<float>(input.Shape[0], shape, input.Floats());
        array.Read(new Box(new(bounds[0], bounds[2], bounds[4]), new(bounds[1], bounds[3], bounds[5])), actual, 7);
        Assert.Equal(expected, actual);
    }
}
