using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Tests.Datasets;

/// <summary>Labels seen as regions: each an output, all others background.</summary>
public class RegionSelectionTests
{
    private static DatasetJson Json(string labels = """{"background": 0, "liver": 1, "spleen": 2, "kidney": 3}""") => DatasetJson.Parse(NnUnetJson.Parse(
        $$"""{"name": "x", "channel_names": {"0": "CT"}, "labels": {{labels}}, "numTraining": 3, "file_ending": ".nii.gz"}""", "d").AsObject(), "dataset.json");

    [Theory]
    [InlineData("1", "3")]
    [InlineData("liver", "kidney")]
    public void Each_named_label_is_a_region_and_the_others_are_background(string first, string second)
    {
        var seen = RegionSelection.Of(Json(), [first, second]);
        Assert.True(seen.Labels.HasRegions);
        Assert.Equal(2, seen.Labels.Heads);
        Assert.Equal([1, 3], seen.Labels.RegionsClassOrder);
        Assert.Equal(["(1, 1)", "(3, 3)"], seen.Labels.ForegroundClasses.Select(c => c.Key));
        Assert.Equal(3, seen.Labels.NamedCount);
        Assert.Equal("x", seen.Source["name"]!.GetValue<string>());
        RegionSelection.Require(seen, [second, first]);
        Assert.Contains("regions liver, kidney", Assert.Throws<DataException>(() => RegionSelection.Require(seen, [first])).Message);
    }

    [Fact]
    public void The_voxels_of_a_region_count_once()
    {
        var labels = new Volume<short>(1, new VolumeShape(1, 1, 4), [1, 3, 3, 2]);
        var locations = ClassLocationSampler.Sample(labels, RegionSelection.Of(Json(), ["3"]).Labels);
        Assert.Equal(2, locations.Entries.Single().Count);
    }

    [Fact]
    public void The_ignore_label_stays()
    {
        var seen = RegionSelection.Of(Json("""{"background": 0, "liver": 1, "spleen": 2, "ignore": 3}"""), ["2"]);
        Assert.Equal(3, seen.Labels.Ignore);
    }

    [Theory]
    [InlineData("no structure", "4")]
    [InlineData("no structure", "background")]
    [InlineData("no structure", "0")]
    [InlineData("twice", "1", "liver")]
    public void Labels_that_cannot_be_regions_are_told_of(string problem, params string[] labels) =>
        Assert.Contains(problem, Assert.Throws<UsageException>(() => RegionSelection.Of(Json(), labels)).Message);

    [Fact]
    public void Data_sets_with_and_without_regions_are_told_apart()
    {
        var regions = RegionSelection.Of(Json(), ["1", "2"]);
        Assert.Contains("regions already", Assert.Throws<UsageException>(() => RegionSelection.Of(regions, ["1"])).Message);
        Assert.Contains("plan-and-preprocess --regions 1", Assert.Throws<DataException>(() => RegionSelection.Require(Json(), ["1"])).Message);
    }
}
