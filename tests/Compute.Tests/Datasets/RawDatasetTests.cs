using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Datasets;

public sealed class RawDatasetTests : IDisposable
{
    private static readonly SimpleItkReaderWriter Reader = new();
    private readonly TemporaryFolder _folder = new();

    private string Set => _folder.File("Dataset007_Test");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cases_are_found_sorted_with_their_channels_in_order()
    {
        Make("b", "a", "a_0000");
        var data = RawDataset.Open(Set + Path.DirectorySeparatorChar);
        Assert.Equal("Dataset007_Test", data.Name);
        Assert.Equal(["a", "a_0000", "b"], data.Cases.Select(c => c.Id.Value));
        Assert.All(data.Cases, c => Assert.Equal([$"{c.Id}_0000.nii.gz", $"{c.Id}_0001.nii.gz"], c.Images.Select(f => Path.GetFileName(f))));
        Assert.Equal(Path.Combine(Set, "labelsTr", "b.nii.gz"), data.Cases[2].Label);
    }

    [Fact]
    public void A_missing_folder_or_file_is_one_clear_error()
    {
        Assert.StartsWith(Set, Refused());
        Make("a", "b");
        File.Delete(Path.Combine(Set, "labelsTr", "b.nii.gz"));
        Assert.StartsWith(Path.Combine(Set, "labelsTr", "b.nii.gz"), Refused());
        Directory.Delete(Path.Combine(Set, "labelsTr"), true);
        Assert.StartsWith(Path.Combine(Set, "labelsTr"), Refused());
        Directory.Delete(Path.Combine(Set, "imagesTr"), true);
        Assert.StartsWith(Path.Combine(Set, "imagesTr"), Refused());
        File.Delete(Path.Combine(Set, "dataset.json"));
        Assert.StartsWith(Path.Combine(Set, "dataset.json"), Refused());
    }

    [Fact]
    public void A_number_of_cases_that_does_not_fit_is_one_clear_error()
    {
        Make("a", "b");
        Json(3);
        Assert.Contains("numTraining is 3, but there are 2", Refused());
    }

    [Fact]
    public void An_image_without_channel_number_is_named_instead_of_becoming_a_case()
    {
        Make("a");
        File.Copy(Path.Combine(Set, "imagesTr", "a_0000.nii.gz"), Path.Combine(Set, "imagesTr", "stray.nii.gz"));
        Assert.StartsWith(Path.Combine(Set, "imagesTr", "stray.nii.gz"), Refused());
    }

    [Fact]
    public void Other_files_in_the_folder_are_left_alone_and_an_empty_folder_is_refused()
    {
        Make("a");
        File.WriteAllText(Path.Combine(Set, "imagesTr", "notes.txt"), "x");
        Assert.Single(CaseDiscovery.InFolder(Path.Combine(Set, "imagesTr"), ".nii.gz"));
        Assert.Throws<DataException>(() => CaseDiscovery.InFolder(Path.Combine(Set, "imagesTr"), ".png"));
        Assert.Throws<DataException>(() => CaseDiscovery.InFolder(_folder.File("nowhere"), ".nii.gz"));
    }

    [Fact]
    public void A_file_list_is_followed_in_its_order_relative_to_the_data_set()
    {
        Make("a", "b");
        Json(2, """
            , "dataset": {"second": {"images": ["imagesTr/b_0000.nii.gz"], "label": "labelsTr/b.nii.gz"},
                          "first": {"images": ["../Dataset007_Test/imagesTr/a_0000.nii.gz"], "label": "labelsTr/a.nii.gz"}}
            """);
        var data = RawDataset.Open(Set);
        Assert.Equal(["second", "first"], data.Cases.Select(c => c.Id.Value));
        Assert.Equal(Path.Combine(Set, "imagesTr", "a_0000.nii.gz"), data.Cases[1].Images.Single());
    }

    [Fact]
    public void Variables_in_listed_paths_are_those_the_caller_gives()
    {
        Make("a", "b");
        Json(2, """
            , "dataset": {"a": {"images": ["$SETS/imagesTr/a_0000.nii.gz"], "label": "${SETS}/labelsTr/a.nii.gz"},
                          "b": {"images": ["imagesTr/b_0000.nii.gz"], "label": "labelsTr/b.nii.gz"}}
            """);
        Assert.Contains("$SETS", Refused());
        Assert.Equal(Path.Combine(Set, "labelsTr", "a.nii.gz"), RawDataset.Open(Set, name => name == "SETS" ? Set : null).Cases[0].Label);
    }

    [Theory]
    [InlineData("$A/x", "1/x")]
    [InlineData("${A}b/$A", "1b/1")]
    [InlineData("$AB/~/$/${}", "$AB/~/$/${}")]
    [InlineData("$NESTED", "$A")]
    public void Variables_are_replaced_once_as_Python_replaces_them(string path, string expected) => Assert.Equal(
        expected, PathVariables.Expand(path, name => name switch { "A" => "1", "NESTED" => "$A", _ => null }));

    [Fact]
    public void For_inspection_a_data_set_opens_that_lacks_a_file_holds_a_stray_one_and_counts_wrong()
    {
        Make("a", "b");
        File.Delete(Path.Combine(Set, "labelsTr", "b.nii.gz"));
        File.Copy(Path.Combine(Set, "imagesTr", "a_0000.nii.gz"), Path.Combine(Set, "imagesTr", "stray.nii.gz"));
        Json(3);
        var (data, problems) = RawDataset.OpenForInspection(Set);
        Assert.Equal(["a", "b"], data.Cases.Select(c => c.Id.Value));
        Assert.Equal(2, problems.Count);
        Assert.StartsWith(Path.Combine(Set, "imagesTr", "stray.nii.gz"), problems[0]);
        Assert.Contains("numTraining is 3", problems[1]);
    }

    [Theory]
    [InlineData("""{"../evil": {"images": ["imagesTr/a_0000.nii.gz"], "label": "labelsTr/a.nii.gz"}}""")]
    [InlineData("""{"a": {"images": [], "label": "labelsTr/a.nii.gz"}}""")]
    [InlineData("""{"a": {"images": ["imagesTr/a_0000.nii.gz"]}}""")]
    [InlineData("""{"a": {"images": ["imagesTr/none.nii.gz"], "label": "labelsTr/a.nii.gz"}}""")]
    [InlineData("""{"a": 7}""")]
    public void A_broken_file_list_is_one_clear_error(string list)
    {
        Make("a");
        Json(1, $", \"dataset\": {list}");
        Refused();
    }

    [Fact]
    public void A_number_is_looked_up_in_all_roots_and_must_be_unique()
    {
        var (raw, results) = (Directory.CreateDirectory(_folder.File("raw")).FullName, Directory.CreateDirectory(_folder.File("results")).FullName);
        var paths = new DatasetPaths(raw, null, results);
        foreach (var name in new[] { "Dataset001_A", "Dataset0010_B", "Dataset1234_C" }) Directory.CreateDirectory(Path.Combine(raw, name));
        Directory.CreateDirectory(Path.Combine(results, "Dataset001_A"));
        Directory.CreateDirectory(Path.Combine(results, "Dataset002_D"));
        Assert.Equal("Dataset001_A", DatasetNames.Resolve(paths, "1"));
        Assert.Equal("Dataset002_D", DatasetNames.Resolve(paths, "002"));
        Assert.Equal("Dataset1234_C", DatasetNames.Resolve(paths, "1234"));
        Assert.Equal("Dataset999_None", DatasetNames.Resolve(paths, "Dataset999_None"));
        Assert.Contains("7", Assert.Throws<UsageException>(() => DatasetNames.Resolve(paths, "7")).Message);
        Assert.Throws<UsageException>(() => DatasetNames.Resolve(paths, "hippocampus"));
        Directory.CreateDirectory(Path.Combine(results, "Dataset001_Z"));
        var ambiguous = Assert.Throws<UsageException>(() => DatasetNames.Resolve(paths, "1")).Message;
        Assert.Contains(Path.Combine(raw, "Dataset001_A"), ambiguous);
        Assert.Contains(Path.Combine(results, "Dataset001_Z"), ambiguous);
    }

    [Fact]
    public void A_new_name_is_free_when_no_root_knows_its_number()
    {
        var paths = new DatasetPaths(_folder.File("raw"), _folder.File("preprocessed"), null);
        Directory.CreateDirectory(Path.Combine(paths.Preprocessed!, "Dataset007_Other"));
        DatasetNames.RequireFree(paths, "Dataset008_New");
        DatasetNames.RequireFree(paths, "Dataset0070_New");
        Assert.Contains("Dataset007_Other", Assert.Throws<UsageException>(() => DatasetNames.RequireFree(paths, "Dataset007_New")).Message);
    }

    [Fact]
    public void A_name_is_made_of_a_number_and_a_name_and_read_back()
    {
        Assert.Equal("Dataset004_Hippocampus", DatasetNames.Of(4, "Hippocampus"));
        Assert.Equal(1234, DatasetNames.IdOf(DatasetNames.Of(1234, "A_b")));
        foreach (var name in new[] { "Dataset4_X", "Dataset004", "Dataset004_", "Task004_X", "Dataset004_a/b", "Dataset-04_X" })
            Assert.Throws<UsageException>(() => DatasetNames.IdOf(name));
        Assert.Throws<UsageException>(() => DatasetNames.Of(-1, "X"));
        Assert.Throws<UsageException>(() => DatasetNames.Of(1, "../x"));
    }

    [Fact]
    public void Integrity_finds_each_problem_and_tells_warnings_apart()
    {
        Make("a");
        var data = RawDataset.Open(Set);
        var good = data.Cases[0];
        Assert.Empty(DatasetIntegrity.CheckCase(good, Reader, data.Json));

        Assert.Contains("1 channels", DatasetIntegrity.CheckCase(good with { Images = [good.Images[0]] }, Reader, data.Json).Single());
        Labels("undeclared", [0, 1, 2, 3, 0, 0], new(1, 2, 3), 1, 0);
        Assert.Contains("label 3", DatasetIntegrity.CheckCase(good with { Label = _folder.File("undeclared.nii.gz") }, Reader, data.Json).Single());
        Labels("shape", [0, 1], new(1, 1, 2), 1, 0);
        Assert.Contains("1x1x2", DatasetIntegrity.CheckCase(good with { Label = _folder.File("shape.nii.gz") }, Reader, data.Json).Single());
        Labels("spacing", new ushort[6], new(1, 2, 3), 1.5, 0);
        Assert.Contains("spacing", DatasetIntegrity.CheckCase(good with { Label = _folder.File("spacing.nii.gz") }, Reader, data.Json).Single());
        Assert.Contains("none.nii.gz", DatasetIntegrity.CheckCase(good with { Label = _folder.File("none.nii.gz") }, Reader, data.Json).Single());
        Labels("origin", new ushort[6], new(1, 2, 3), 1, 5);
        var moved = DatasetIntegrity.Inspect(good with { Label = _folder.File("origin.nii.gz") }, Reader, data.Json);
        Assert.Empty(moved.Problems);
        Assert.Contains("origin", moved.Warnings.Single());
    }

    private string Refused() => Assert.Throws<DataException>(() => RawDataset.Open(Set)).Message;

    private void Make(params string[] cases)
    {
        foreach (var part in new[] { "imagesTr", "labelsTr" }) Directory.CreateDirectory(Path.Combine(Set, part));
        foreach (var name in cases)
        {
            foreach (var channel in new[] { "0001", "0000" })
                Reader.WriteImage(Path.Combine(Set, "imagesTr", $"{name}_{channel}.nii.gz"), [1, 2, 3, 4, 5, 6], new(1, 2, 3), Geometry(1, 0));
            Reader.WriteLabels(Path.Combine(Set, "labelsTr", $"{name}.nii.gz"), [0, 1, 2, 0, 1, 2], new(1, 2, 3), Geometry(1, 0));
        }

        Json(cases.Length);
    }

    private void Json(int cases, string more = "") => File.WriteAllText(
        Path.Combine(Set, "dataset.json"),
        $$"""
        {"channel_names": {"0": "T1", "1": "T2"}, "labels": {"background": 0, "a": 1, "b": 2},
         "numTraining": {{cases}}, "file_ending": ".nii.gz"{{more}}}
        """);

    private void Labels(string name, ushort[] values, VolumeShape shape, double spacing, double origin) =>
        Reader.WriteLabels(_folder.File($"{name}.nii.gz"), values, shape, Geometry(spacing, origin));

    private static ImageGeometry Geometry(double spacing, double origin) => new([spacing, 1, 1], [origin, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
}
