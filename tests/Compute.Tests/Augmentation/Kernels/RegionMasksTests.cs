using ActorSeg.Compute.Augmentation.Kernels;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

public class RegionMasksTests
{
    [Theory, InlineData("to_regions"), InlineData("to_regions_with_ignore")]
    public void regions_equal_the_reference(string name)
    {
        var golden = new GoldenTransforms(name);
        var labels = GoldenTransforms.Shorts(golden["seg"]);
        var regions = golden.Parameters["regions"]!.AsArray();
        var actual = new byte[regions.Count * labels.Length];
        for (var r = 0; r < regions.Count; r++)
        {
            short[] region = regions[r] is System.Text.Json.Nodes.JsonValue one ? [one.GetValue<short>()] : [.. regions[r]!.AsArray().Select(v => v!.GetValue<short>())];
            RegionMasks.Fill(labels, region, actual.AsSpan(r * labels.Length, labels.Length));
        }

        Assert.Equal(golden["out0"].Bytes, actual);
    }

    [Fact]
    public void regions_of_any_length_are_right_to_the_last_voxel()
    {
        for (var length = 0; length < 70; length++)
        {
            short[] labels = [.. Enumerable.Range(0, length).Select(i => (short)((i % 6) - 1))];
            var mask = new byte[length];
            RegionMasks.Fill(labels, [1, 4], mask);
            Assert.Equal(labels.Select(l => l is 1 or 4 ? (byte)1 : (byte)0), mask);
        }
    }
}
