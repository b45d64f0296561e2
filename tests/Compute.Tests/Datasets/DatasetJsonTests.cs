using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Datasets;

public class DatasetJsonTests
{
    private const string Whole = """
        {"zzz": [1, 2.0], "channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2},
         "numTraining": 7, "file_ending": ".nii.gz", "name": "x"}
        """;

    [Fact]
    public void A_whole_file_is_read_and_saved_with_keys_in_order_and_unknown_keys_kept()
    {
        using var folder = new TemporaryFolder();
        var json = DatasetJson.Parse(Json(Whole), "dataset.json");
        Assert.Equal(["T1", "T2"], json.ChannelNames);
        Assert.Equal((7, ".nii.gz", null), (json.NumTraining, json.FileEnding, json.OverwriteReader));
        json.Save(folder.File("dataset.json"));
        Assert.Equal(NnUnetJson.Write(Json(Whole), false), File.ReadAllText(folder.File("dataset.json")));
        Assert.Equal(json.ChannelNames, DatasetJson.Load(folder.File("dataset.json")).ChannelNames);
    }

    [Theory]
    [InlineData("channel_names")]
    [InlineData("labels")]
    [InlineData("numTraining")]
    [InlineData("file_ending")]
    public void Each_missing_key_is_one_clear_error(string key)
    {
        var json = Json(Whole);
        json.Remove(key);
        var error = Assert.Throws<DataException>(() => DatasetJson.Parse(json, "/data/dataset.json"));
        Assert.StartsWith($"/data/dataset.json: has no key '{key}'; ", error.Message);
    }

    [Theory]
    [InlineData("channel_names", "[\"T1\"]")]
    [InlineData("channel_names", "{}")]
    [InlineData("channel_names", "{\"0\": 1}")]
    [InlineData("labels", "[0, 1]")]
    [InlineData("numTraining", "\"7\"")]
    [InlineData("numTraining", "0")]
    [InlineData("numTraining", "1.5")]
    [InlineData("file_ending", "\"nii.gz\"")]
    [InlineData("file_ending", "7")]
    [InlineData("file_ending", "\"./../x\"")]
    [InlineData("overwrite_image_reader_writer", "3")]
    public void Each_wrong_value_is_one_clear_error(string key, string value)
    {
        var json = Json(Whole);
        json[key] = JsonNode.Parse(value);
        Assert.Contains($"'{key}", Assert.Throws<DataException>(() => DatasetJson.Parse(json, "dataset.json")).Message);
    }

    [Theory]
    [InlineData("""{"a": 1}""", "background")]
    [InlineData("""{"background": 1, "a": 0}""", "background")]
    [InlineData("""{"background": [0], "a": 1}""", "background")]
    [InlineData("""{"background": 0}""", "no label besides background")]
    [InlineData("""{"0": "background", "1": "a"}""", "labels.0")]
    [InlineData("""{"background": 0, "a": 1, "b": 3}""", "leave out 2")]
    [InlineData("""{"background": 0, "a": -1}""", "labels.a")]
    [InlineData("""{"background": 0, "a": 1.5}""", "labels.a")]
    [InlineData("""{"background": 0, "a": []}""", "labels.a")]
    [InlineData("""{"background": 0, "a": 70000}""", "labels.a")]
    [InlineData("""{"background": 0, "a": 1, "ignore": 3}""", "ignore label the value 3, wanted 2")]
    [InlineData("""{"background": 0, "a": 1, "ignore": [2]}""", "labels.ignore")]
    [InlineData("""{"background": 0, "a": [1, 2], "b": 2}""", "regions_class_order")]
    public void Each_label_rule_is_checked(string labels, string told)
    {
        var json = Json(Whole);
        json["labels"] = JsonNode.Parse(labels);
        Assert.Contains(told, Assert.Throws<DataException>(() => DatasetJson.Parse(json, "dataset.json")).Message);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("[1, 2, 3]")]
    [InlineData("[1, 9]")]
    [InlineData("[1, \"2\"]")]
    public void The_order_of_regions_must_fit_the_regions(string order)
    {
        var json = Json(Whole);
        json["labels"] = JsonNode.Parse("""{"background": 0, "whole": [1, 2], "core": 2}""");
        json["regions_class_order"] = JsonNode.Parse(order);
        Assert.Contains("regions_class_order", Assert.Throws<DataException>(() => DatasetJson.Parse(json, "dataset.json")).Message);
    }

    [Fact]
    public void Plain_labels_give_one_class_a_label()
    {
        var set = Labels("""{"labels": {"b": 2, "background": 0, "a": 1, "ignore": 3}}""");
        Assert.Equal([0, 1, 2], set.All);
        Assert.Equal((3, false, 3, 4), (set.Ignore, set.HasRegions, set.Heads, set.NamedCount));
        Assert.Equal(["1", "2"], set.ForegroundClasses.Select(c => c.Key));
        Assert.Empty(set.RegionsClassOrder);
    }

    [Fact]
    public void Regions_keep_the_order_of_the_file_and_the_keys_Python_gives_them()
    {
        var set = Labels(
            """
            {"labels": {"background": 0, "whole": [1, 2, 3], "core": [2, 3], "enhancing": [3], "edema": 1, "ignore": 4},
             "regions_class_order": [1, 2, 3, 1]}
            """);
        Assert.True(set.HasRegions);
        Assert.Equal(["(1, 2, 3)", "(2, 3)", "(3,)", "1"], set.ForegroundClasses.Select(c => c.Key));
        Assert.Equal([1, 2, 3, 1], set.RegionsClassOrder);
        Assert.Equal((4, 4), (set.Heads, set.Ignore));
    }

    [Fact]
    public void Lists_of_one_label_alone_do_not_make_regions()
    {
        var set = Labels("""{"labels": {"background": 0, "a": [1], "b": 2}}""");
        Assert.False(set.HasRegions);
        Assert.Equal(["1", "2"], set.ForegroundClasses.Select(c => c.Key));
    }

    [Fact]
    public void The_old_name_of_the_channels_is_understood_and_a_reader_called_None_is_none()
    {
        var json = Json(Whole);
        json.Remove("channel_names");
        json["modality"] = new JsonObject { ["0"] = "CT" };
        json["overwrite_image_reader_writer"] = "None";
        var parsed = DatasetJson.Parse(json, "dataset.json");
        Assert.Equal(["CT"], parsed.ChannelNames);
        Assert.Null(parsed.OverwriteReader);
    }

    private static LabelSet Labels(string text) => LabelSet.Parse(Json(text), "dataset.json");

    private static JsonObject Json(string text) => NnUnetJson.Parse(text, "test").AsObject();
}
