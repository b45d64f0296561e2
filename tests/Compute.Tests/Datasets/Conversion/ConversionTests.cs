using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Tests.Imaging;

namespace ActorSeg.Compute.Tests.Datasets.Conversion;

public sealed class ConversionTests : IDisposable
{
    private const string Old = """
        {"name": "Toy", "labels": {"0": "background", "1": "liver", "2": "tumour"}, "modality": {"0": "FLAIR", "1": "T1w"}, "numTraining": 2,
         "tensorImageSize": "4D", "numTest": 1, "training": [], "test": [], "reference": "ours"}
        """;

    private static readonly SimpleItkReaderWriter Io = new();
    private static readonly VolumeShape Shape = new(1, 2, 3);
    private static readonly ImageGeometry Geometry = new([1, 2, 3], [4, 5, 6], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    private readonly TemporaryFolder _folder = new();

    private DatasetPaths Paths => new(_folder.File("raw"), _folder.File("preprocessed"), _folder.File("results"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_decathlon_task_with_4d_images_becomes_a_file_a_channel()
    {
        var task = Task(fourD: true);
        var steps = new List<(int, int)>();
        var made = MsdConversion.Convert(task + "/", Paths, null, new ConversionRun(2, (done, all) => steps.Add((done, all))));

        Assert.Equal((2, 1), (made.Training, made.Test));
        Assert.Empty(made.Warnings);
        Assert.Equal(Path.Combine(Paths.Raw!, "Dataset033_Toy"), made.Folder);
        Assert.Equal(Enumerable.Range(1, 5).Select(n => (n, 5)), steps);
        var data = RawDataset.Open(made.Folder);
        Assert.Equal(["a", "b"], data.Cases.Select(c => c.Id.Value));
        var (first, second) = (Io.ReadImages([data.Cases[0].Images[0]]), Io.ReadImages([data.Cases[0].Images[1]]));
        Assert.Equal([0, 1, 2, 3, 4, 5], first.Data.Data);
        Assert.Equal([6, 7, 8, 9, 10, 11], second.Data.Data);
        Assert.Equal(Shape, second.Data.Shape);
        Assert.Equal([2, 3, 4], second.Geometry.Spacing);
        Assert.Equal([-10, -20, 30], second.Geometry.Origin);
        Assert.Equal(File.ReadAllBytes(Path.Combine(task, "labelsTr", "a.nii.gz")), File.ReadAllBytes(Path.Combine(made.Folder, "labelsTr", "a.nii.gz")));
        Assert.False(File.Exists(Path.Combine(made.Folder, "labelsTr", "._a.nii.gz")));
    }

    [Fact]
    public void Three_dimensional_images_are_copied_byte_for_byte_and_the_number_can_be_another()
    {
        var task = Task(fourD: false);
        File.WriteAllText(Path.Combine(task, "dataset.json"), Old.Replace(", \"1\": \"T1w\"", "", StringComparison.Ordinal));
        var made = MsdConversion.Convert(task, Paths, 7, new ConversionRun());

        Assert.EndsWith("Dataset007_Toy", made.Folder);
        Assert.Equal(File.ReadAllBytes(Path.Combine(task, "imagesTs", "c.nii.gz")), File.ReadAllBytes(Path.Combine(made.Folder, "imagesTs", "c_0000.nii.gz")));
        Assert.Empty(made.Warnings);
    }

    [Fact]
    public void The_decathlons_dataset_json_keeps_what_it_does_not_change_in_nnUNets_order()
    {
        var made = MsdConversion.Convert(Task(fourD: true), Paths, null, new ConversionRun());
        Assert.Equal(
            """
            {"name":"Toy","labels":{"background":0,"liver":1,"tumour":2},"numTraining":2,"tensorImageSize":"4D","numTest":1,"reference":"ours",
            """
            + """
              "file_ending":".nii.gz","channel_names":{"0":"FLAIR","1":"T1w"}}
              """, JsonNode.Parse(File.ReadAllText(Path.Combine(made.Folder, "dataset.json")))!.ToJsonString());
    }

    [Fact]
    public void A_data_set_of_nnUNet_v1_is_copied_tree_by_tree_with_its_dataset_json_turned()
    {
        var old = Version1();
        var made = OldDatasetConversion.Convert(old, Paths, "Dataset033_Toy", new ConversionRun());

        Assert.Equal((2, 1, 0), (made.Training, made.Test, made.Warnings.Count));
        foreach (var file in Directory.EnumerateFiles(old, "*.nii.gz", SearchOption.AllDirectories))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(made.Folder, Path.GetRelativePath(old, file))));
        Assert.Equal(2, RawDataset.Open(made.Folder).Json.ChannelNames.Count);
        Assert.Equal(
            """
            {"name":"Toy","labels":{"background":0,"liver":1,"tumour":2},"numTraining":2,"reference":"ours",
            """
            + """
              "channel_names":{"0":"FLAIR","1":"T1w"},"file_ending":".nii.gz"}
              """, JsonNode.Parse(File.ReadAllText(Path.Combine(made.Folder, "dataset.json")))!.ToJsonString());
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("preprocessed")]
    [InlineData("results")]
    public void A_number_in_use_in_any_root_is_refused_and_named(string root)
    {
        Directory.CreateDirectory(_folder.File(root, "Dataset033_Other"));
        var refused = Assert.Throws<UsageException>(() => MsdConversion.Convert(Task(fourD: false), Paths, null, new ConversionRun()));
        Assert.Contains(_folder.File(root, "Dataset033_Other"), refused.Message);
        Assert.Throws<UsageException>(() => OldDatasetConversion.Convert(Version1(), Paths, "Dataset033_Toy", new ConversionRun()));
    }

    [Fact]
    public void What_cannot_be_converted_leaves_nothing_behind()
    {
        var task = Task(fourD: true);
        File.WriteAllText(Path.Combine(task, "imagesTr", "b.nii.gz"), "no image");
        Assert.Contains("b.nii.gz", Assert.Throws<DataException>(() => MsdConversion.Convert(task, Paths, null, new ConversionRun())).Message);
        Assert.Empty(Directory.GetFileSystemEntries(Paths.Raw!));

        foreach (var key in new[] { "tensorImageSize", "numTest", "training", "test", "modality", "labels" })
        {
            var old = Version1(json => json.Remove(key));
            Assert.Contains(key, Assert.Throws<DataException>(() => OldDatasetConversion.Convert(old, Paths, "Dataset033_Toy", new ConversionRun())).Message);
            Assert.Empty(Directory.GetFileSystemEntries(Paths.Raw!));
        }
    }

    [Fact]
    public void A_conversion_that_is_stopped_leaves_nothing_behind()
    {
        using var stop = new CancellationTokenSource();
        var run = new ConversionRun(1, (_, _) => stop.Cancel(), stop.Token);
        Assert.Throws<OperationCanceledException>(() => MsdConversion.Convert(Task(fourD: true), Paths, null, run));
        Assert.Empty(Directory.GetFileSystemEntries(Paths.Raw!));
    }

    [Theory]
    [InlineData("Toy")]
    [InlineData("Task_Toy")]
    [InlineData("Task03_Toy_More")]
    [InlineData("Task0x_Toy")]
    public void A_folder_that_is_not_named_as_a_task_is_refused(string name) =>
        Assert.Throws<UsageException>(() => MsdConversion.Convert(_folder.File(name), Paths, null, new ConversionRun()));

    [Fact]
    public void What_the_new_format_does_not_take_is_warned_of()
    {
        var made = OldDatasetConversion.Convert(Version1(json => json["numTraining"] = 5), Paths, "Dataset033_Toy", new ConversionRun());
        Assert.StartsWith("dataset.json: says numTraining is 5", Assert.Single(made.Warnings));
    }

    private string Task(bool fourD)
    {
        var task = _folder.File("Task33_Toy");
        foreach (var (part, names) in new[] { ("imagesTr", new[] { "a", "b" }), ("imagesTs", ["c"]) })
        {
            Directory.CreateDirectory(Path.Combine(task, part));
            foreach (var name in names) Image(Path.Combine(task, part, $"{name}.nii.gz"), fourD);
        }

        Labels(task);
        File.WriteAllText(Path.Combine(task, "labelsTr", "._a.nii.gz"), "what macOS leaves");
        File.WriteAllText(Path.Combine(task, "dataset.json"), Old);
        return task;
    }

    private string Version1(Action<JsonObject>? change = null)
    {
        var old = _folder.File("Task033_Toy");
        foreach (var (part, names) in new[] { ("imagesTr", new[] { "a", "b" }), ("imagesTs", ["c"]), ("imagesVal", ["d"]) })
        {
            Directory.CreateDirectory(Path.Combine(old, part));
            foreach (var name in names.SelectMany(n => new[] { $"{n}_0000", $"{n}_0001" })) Image(Path.Combine(old, part, $"{name}.nii.gz"), fourD: false);
        }

        Labels(old);
        var json = JsonNode.Parse(Old)!.AsObject();
        change?.Invoke(json);
        File.WriteAllText(Path.Combine(old, "dataset.json"), json.ToJsonString());
        return old;
    }

    private static void Labels(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "labelsTr"));
        foreach (var name in new[] { "a", "b" }) Io.WriteLabels(Path.Combine(folder, "labelsTr", $"{name}.nii.gz"), [0, 1, 2, 0, 1, 2], Shape, Geometry);
    }

    private static void Image(string file, bool fourD)
    {
        short[] size = fourD ? [3, 2, 1, 2] : [3, 2, 1];
        var builder = new NiftiBuilder(false, 2, 8, size).Single(80, 2).Single(84, 3).Single(88, 4).Single(92, 9);
        builder.SForm(1, [2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30]).Save(file, [.. Enumerable.Range(0, fourD ? 12 : 6).Select(i => (byte)i)]);
    }
}
