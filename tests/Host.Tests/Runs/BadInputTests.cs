using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>What is wrong with a data set is said in one sentence, with exit code 3 (2 for a number nothing has), and nothing half-written is left.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string Dataset = "Dataset902_Bad";

    private readonly TemporaryFolder _folder = new();

    public BadInputTests() => PhantomDataset.Create(_folder.File("raw"), Dataset, 5, 1, 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_data_set_that_is_not_there()
    {
        var run = Plan("77", exitCode: 2);
        Assert.Contains("77", run.Errors);
    }

    [Fact]
    public void a_missing_folder()
    {
        Directory.Delete(Raw("labelsTr"), recursive: true);
        Assert.Contains("labelsTr", Plan("902").Errors);
    }

    [Fact]
    public void an_image_that_is_no_gzip()
    {
        File.WriteAllText(Raw("imagesTr", "phantom_002_0000.nii.gz"), "this is not an image");
        Assert.Contains("phantom_002_0000.nii.gz", Plan("902").Errors);
    }

    [Fact]
    public void an_image_cut_off_in_the_middle()
    {
        var file = Raw("imagesTr", "phantom_001_0000.nii.gz");
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..2000]);
        Assert.Contains("phantom_001_0000.nii.gz", Plan("902").Errors);
    }

    [Theory, InlineData("labels"), InlineData("channel_names"), InlineData("numTraining"), InlineData("file_ending")]
    public void a_dataset_json_without_a_key(string key)
    {
        var json = JsonNode.Parse(File.ReadAllText(Raw("dataset.json")))!.AsObject();
        json.Remove(key);
        File.WriteAllText(Raw("dataset.json"), json.ToJsonString());
        var errors = Plan("902").Errors;
        Assert.Contains("dataset.json", errors);
        Assert.Contains(key, errors);
    }

    [Fact]
    public void a_label_value_that_dataset_json_does_not_know()
    {
        var (file, io) = (Raw("labelsTr", "phantom_003.nii.gz"), new SimpleItkReaderWriter());
        var labels = io.ReadLabels(file);
        var values = Array.ConvertAll(labels.Data.Data, v => (ushort)v);
        values[^1] = 7;
        io.WriteLabels(file, values, labels.Data.Shape, labels.Geometry);
        var errors = Plan("902").Errors;
        Assert.Contains("phantom_003.nii.gz", errors);
        Assert.Contains("7", errors);
    }

    private string Raw(params string[] parts) => Path.Combine([_folder.File("raw"), Dataset, .. parts]);

    private ActorSegProcess Plan(string dataset, int exitCode = 3)
    {
        var run = new ActorSegProcess(
            "plan-and-preprocess", "-d", dataset, "-c", "3d_fullres", "--raw", _folder.File("raw"),
            "--preprocessed", _folder.File("preprocessed"), "--results", _folder.File("results"));
        run.Ends(exitCode);
        Assert.Equal("", run.Output);
        Assert.DoesNotContain("   at ", run.Errors);
        var left = Directory.Exists(_folder.File("preprocessed")) ? Directory.GetFiles(_folder.File("preprocessed"), "*", SearchOption.AllDirectories) : [];
        Assert.Empty(left);
        return run;
    }
}
