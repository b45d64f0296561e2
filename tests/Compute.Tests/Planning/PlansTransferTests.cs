using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Planning;

/// <summary>Plans moved to another data set keep everything but names and reader (spec 02 section 10).</summary>
public class PlansTransferTests
{
    private static readonly Plans Source = Plans.Load(TestPaths.Golden("b_plans", "08_wholebody_ct_cascade", "nnUNetPlans.json"));

    [Fact]
    public void Names_and_reader_change_and_nothing_else()
    {
        var moved = PlansTransfer.Move(Source, "Dataset777_Other", "pretrained", "Tiff3DIO");
        var expected = (JsonObject)Source.Source.DeepClone();
        (expected["dataset_name"], expected["plans_name"], expected["image_reader_writer"]) = ("Dataset777_Other", "pretrained", "Tiff3DIO");
        foreach (var name in (string[])["2d", "3d_lowres", "3d_fullres"]) expected["configurations"]![name]!["data_identifier"] = $"pretrained_{name}";
        Assert.Equal(NnUnetJson.Write(expected, false), NnUnetJson.Write(moved.Source, false));
        Assert.NotEqual("pretrained", Source.PlansName);
    }

    [Fact]
    public void Data_that_are_not_named_after_the_plans_get_the_name_in_front()
    {
        var source = (JsonObject)Source.Source.DeepClone();
        source["configurations"]!["2d"]!["data_identifier"] = "mine_2d";
        var moved = PlansTransfer.Move(Plans.Parse(source, "p"), "D", "new", "SimpleITKIO");
        Assert.Equal("new_mine_2d", moved.Configurations["2d"].DataIdentifier);
        Assert.Equal("mine_2d", PlansTransfer.Move(Plans.Parse(source, "p"), "D", "nnUNetPlans", "SimpleITKIO").Configurations["2d"].DataIdentifier);
    }

    [Fact]
    public void A_target_without_a_folder_and_a_name_that_is_none_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("extract-fingerprint", Assert.Throws<DataException>(() => PlansTransfer.Save(Source, folder.File("none", "p.json"))).Message);
        Assert.Throws<UsageException>(() => PlansTransfer.Move(Source, "D", "a/b", "SimpleITKIO"));
    }
}
