using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Conversions as their users run them: to the raw folder and through its check, or refused with nothing left behind.</summary>
public sealed class ConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_decathlon_task_is_converted_once_and_passes_the_check()
    {
        var task = Task();
        using (var first = Run(0, "nnUNetv2_convert_MSD_dataset", "-i", task, "--json"))
            Assert.Equal("Dataset044_Phantoms", (string?)JsonNode.Parse(first.Output)!["dataset"]);
        using (var check = Run(0, "verify-dataset", "-d", "44")) Assert.Contains("3 cases, 0 problems", check.Output);
        using var again = Run(2, "convert-msd-dataset", "-i", task);
        Assert.Contains(_folder.File("raw", "Dataset044_Phantoms"), again.Errors);
    }

    [Fact]
    public void A_task_that_lacks_something_is_data_that_is_wrong_and_leaves_nothing()
    {
        var task = Task();
        Directory.Delete(Path.Combine(task, "imagesTs"), recursive: true);
        using var run = Run(3, "convert-msd-dataset", "-i", task);
        Assert.Contains("imagesTs", run.Errors);
        Assert.False(Directory.Exists(_folder.File("raw")));
    }

    [Fact]
    public void A_dataset_json_can_be_written_for_images_that_are_there()
    {
        PhantomDataset.Create(_folder.File("raw"), "Dataset045_Made", 3, 1, 1);
        using (var refused = Run(3, Generate)) Assert.Contains("--overwrite", refused.Errors);
        File.Delete(_folder.File("raw", "Dataset045_Made", "dataset.json"));
        using (var made = Run(0, [.. Generate, "--json"])) Assert.Equal(3, (int?)JsonNode.Parse(made.Output)!["cases"]);
        Run(0, "verify-dataset", "-d", "45").Dispose();
    }

    [Fact]
    public void Predictions_become_masks_and_files_of_another_format_and_what_is_there_stays()
    {
        PhantomDataset.Create(_folder.File("raw"), "Dataset046_Made", 2, 1, 1);
        var (labels, json) = (_folder.File("raw", "Dataset046_Made", "labelsTr"), _folder.File("raw", "Dataset046_Made", "dataset.json"));
        string[] masks = ["convert-image", "-i", labels, "-o", _folder.File("masks"), "--per-label", "-djfile", json];
        using (var made = Run(0, [.. masks, "--json"])) Assert.Equal(4, JsonNode.Parse(made.Output)!["written"]!.AsArray().Count);
        using (var again = Run(3, masks)) Assert.Contains("--overwrite", again.Errors);
        Run(0, "convert-image", "-i", labels, "-o", _folder.File("plain"), "--ending", ".nii").Dispose();
        foreach (var file in Directory.GetFiles(_folder.File("plain"))) Run(0, "describe", "image", file).Dispose();
        File.WriteAllText(_folder.File("torn.nii"), "no image");
        using var torn = Run(3, "convert-image", "-i", _folder.File("torn.nii"), "-o", _folder.File("never.nii.gz"));
        Assert.False(File.Exists(_folder.File("never.nii.gz")));
    }

    private static string[] Generate => ["generate-dataset-json", "-d", "45", "--channels", "0=MRI", "--labels", "liver=1,kidney=2"];

    // Phantoms, laid out as the Decathlon does.
    private string Task()
    {
        PhantomDataset.Create(_folder.File("made"), "Dataset044_Phantoms", 3, 1, 1);
        var task = _folder.File("Task44_Phantoms");
        Directory.Move(_folder.File("made", "Dataset044_Phantoms"), task);
        foreach (var part in new[] { "imagesTr", "imagesTs" })
            foreach (var file in Directory.GetFiles(Path.Combine(task, part)))
                File.Move(file, file.Replace("_0000", "", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(task, "dataset.json"), """
            {"labels": {"0": "background", "1": "liver", "2": "kidney"}, "modality": {"0": "MRI"}, "numTraining": 3, "training": [], "test": []}
            """);
        return task;
    }

    private ActorSegProcess Run(int exitCode, params string[] arguments) =>
        new ActorSegProcess([.. arguments, "--raw", _folder.File("raw")]).Ends(exitCode);
}
