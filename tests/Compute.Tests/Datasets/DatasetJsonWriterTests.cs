using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Datasets;

public sealed class DatasetJsonWriterTests : IDisposable
{
    private static readonly DatasetDescription Plain = new()
    {
        ChannelNames = ["CT", "PET"],
        Labels = [new("background", new LabelClass([0], false)), new("organ", new LabelClass([1], false))],
        FileEnding = ".nii.gz",
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keys_stand_in_nnUNets_order_and_what_is_not_given_is_left_out() => Assert.Equal(
        """{"channel_names":{"0":"CT","1":"PET"},"labels":{"background":0,"organ":1},"numTraining":3,"file_ending":".nii.gz","""
        + "\"licence\":\"not stated\",\"converted_by\":\"not stated\"}", DatasetJsonWriter.Create(Plain, 3, "dataset.json").Source.ToJsonString());

    [Fact]
    public void Everything_that_is_given_is_there_with_the_citation_under_citation()
    {
        var all = Plain with
        {
            Labels = [new("background", new LabelClass([0], false)), new("whole", new LabelClass([1, 2], true)), new("core", new LabelClass([2], true))],
            RegionsClassOrder = [1, 2],
            Name = "n",
            Reference = "r",
            Release = "1.0",
            Citation = "c",
            Description = "d",
            Reader = "SimpleITKIO",
            License = "CC0",
            ConvertedBy = "me",
            Extra = new JsonObject { ["site"] = "here", ["name"] = "other" },
        };
        Assert.Equal(
            """{"channel_names":{"0":"CT","1":"PET"},"labels":{"background":0,"whole":[1,2],"core":[2]},"numTraining":3,"file_ending":".nii.gz","""
            + """
              "licence":"CC0","converted_by":"me","name":"other","reference":"r","release":"1.0","citation":"c","description":"d",
              """
            + """
              "overwrite_image_reader_writer":"SimpleITKIO","regions_class_order":[1,2],"site":"here"}
              """, DatasetJsonWriter.Create(all, 3, "dataset.json").Source.ToJsonString());
    }

    [Fact]
    public void Cases_are_counted_and_a_file_that_is_there_is_replaced_only_when_asked()
    {
        Directory.CreateDirectory(_folder.File("imagesTr"));
        foreach (var name in new[] { "a_0000", "a_0001", "b_0000", "b_0001" })
            new SimpleItkReaderWriter().WriteImage(
                _folder.File("imagesTr", $"{name}.nii.gz"), [1], new(1, 1, 1), new([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
        Assert.Equal(2, DatasetJsonWriter.Write(_folder.Path, Plain, overwrite: false).NumTraining);
        Assert.Contains("--overwrite", Assert.Throws<DataException>(() => DatasetJsonWriter.Write(_folder.Path, Plain, overwrite: false)).Message);
        DatasetJsonWriter.Write(_folder.Path, Plain with { Name = "new" }, overwrite: true);
        Assert.Equal("new", (string?)DatasetJson.Load(_folder.File("dataset.json")).Source["name"]);
    }

    [Fact]
    public void Rules_of_labels_and_regions_hold_before_anything_is_written()
    {
        var regions = Plain with { Labels = [.. Plain.Labels, new("whole", new LabelClass([1, 2], true))] };
        Assert.Contains("regions_class_order", Refused(regions));
        Assert.Contains("background", Refused(Plain with { Labels = [new("organ", new LabelClass([1], false))] }));
        Assert.Contains("twice", Refused(Plain with { Labels = [.. Plain.Labels, new("organ", new LabelClass([2], false))] }));

        string Refused(DatasetDescription description) =>
            Assert.Throws<DataException>(() => DatasetJsonWriter.Create(description, 3, "dataset.json")).Message;
    }
}
