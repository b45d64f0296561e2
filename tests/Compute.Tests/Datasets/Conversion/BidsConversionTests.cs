using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Datasets.Conversion;

public sealed class BidsConversionTests : IDisposable
{
    private const string Name = "Dataset050_Brain";

    private static readonly SimpleItkReaderWriter Io = new();
    private static readonly VolumeShape Shape = new(1, 2, 3);
    private static readonly ImageGeometry Geometry = new([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    private readonly TemporaryFolder _folder = new();

    private DatasetPaths Paths => new(_folder.File("raw"), null, null);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sessions_with_label_maps_train_those_without_are_test_cases_and_the_incomplete_are_named()
    {
        Image("sub-01/anat/sub-01_T1w.nii.gz", 1);
        Image("sub-01/anat/sub-01_FLAIR.nii.gz", 2);
        Label("sub-01/anat/sub-01_dseg.nii.gz");
        foreach (var session in new[] { "ses-a", "ses-b" })
        {
            Image($"sub-02/{session}/anat/sub-02_{session}_acq-x_T1w.nii", 3);
            Image($"sub-02/{session}/anat/sub-02_{session}_FLAIR.nii.gz", 4);
        }

        Label("sub-02/ses-b/anat/sub-02_ses-b_space-T1w_desc-manual_dseg.nii");
        Image("sub-03/anat/sub-03_T1w.nii.gz", 5);
        Label("sub-03/anat/sub-03_dseg.nii.gz");

        var made = Convert(["FLAIR", "T1w"]);
        Assert.Equal((2, 1), (made.Training, made.Test));
        Assert.Equal("sub-03 is left out: it has no FLAIR image", Assert.Single(made.Warnings));
        var data = RawDataset.Open(made.Folder);
        Assert.Equal(["sub-01", "sub-02_ses-b"], data.Cases.Select(c => c.Id.Value));
        Assert.Equal(["FLAIR", "T1w"], data.Json.ChannelNames);
        Assert.Equal(["background", "label_1", "label_2"], data.Json.Labels.Named.Select(l => l.Key));
        Assert.Equal([2, 1], data.Cases[0].Images.Select(f => (int)Io.ReadImages([f]).Data.Data[0]));
        Assert.Equal(3, Io.ReadImages([data.Cases[1].Images[1]]).Data.Data[0]);
        Assert.Equal(
            ["sub-02_ses-a_0000.nii.gz", "sub-02_ses-a_0001.nii.gz"],
            Directory.GetFiles(Path.Combine(made.Folder, "imagesTs")).Select(Path.GetFileName).Order());
        Assert.Equal(
            File.ReadAllBytes(_folder.File("bids", "derivatives", "labels", "sub-01", "anat", "sub-01_dseg.nii.gz")), File.ReadAllBytes(data.Cases[0].Label!));
    }

    [Fact]
    public void Names_come_from_the_flag_else_from_the_table_else_from_the_values()
    {
        Whole("sub-01");
        var table = _folder.File("bids", "derivatives", "labels", "dseg.tsv");
        File.WriteAllText(table, "index\tname\tcolor\n0\tBackground\t#000\n1\tgrey\t#111\n\n2\twhite matter\t#fff\n");
        Assert.Equal(["background", "grey", "white matter"], NamesOf(Convert(["T1w"])));
        Directory.Delete(Paths.Raw!, recursive: true);
        var labels = new KeyValuePair<string, LabelClass>[] { new("all", new LabelClass([1], false)), new("core", new LabelClass([2], false)) };
        Assert.Equal(["background", "all", "core"], NamesOf(Convert(["T1w"], naming: new BidsNaming(labels))));
    }

    [Theory]
    [InlineData("no\tcolumns\n1\ta\n", "index")]
    [InlineData("index\tname\nx\ta\n", "'x a'")]
    [InlineData("index\tname\n1\n", "'1'")]
    [InlineData("index\tname\n41\thippocampus\n", "41")]
    public void A_table_that_cannot_be_labels_is_one_clear_error_and_leaves_nothing(string table, string said)
    {
        Whole("sub-01");
        File.WriteAllText(_folder.File("bids", "derivatives", "labels", "atlas_dseg.tsv"), table);
        Assert.Contains(said, Assert.Throws<DataException>(() => Convert(["T1w"])).Message);
        Assert.False(Directory.Exists(Path.Combine(Paths.Raw!, Name)));
    }

    [Fact]
    public void Labels_with_gaps_are_refused_or_numbered_anew_when_asked()
    {
        Image("sub-01/anat/sub-01_T1w.nii.gz", 1);
        Io.WriteLabels(Made("derivatives/labels/sub-01/anat/sub-01_mask.nii.gz"), [0, 255, 17, 0, 17, 255], Shape, Geometry);
        Assert.Contains("leave out 1", Assert.Throws<DataException>(() => Convert(["T1w"])).Message);

        var data = RawDataset.Open(Convert(["T1w"], naming: new BidsNaming(Renumber: true)).Folder);
        Assert.Equal(["background 0", "label_17 1", "label_255 2"], data.Json.Labels.Named.Select(label => $"{label.Key} {label.Value[0]}"));
        Assert.Equal([0, 2, 1, 0, 1, 2], Io.ReadLabels(data.Cases[0].Label!).Data.Data);
        Directory.Delete(Paths.Raw!, recursive: true);

        var some = new KeyValuePair<string, LabelClass>[] { new("ignore", new LabelClass([17], false)), new("lesion", new LabelClass([255], false)) };
        data = RawDataset.Open(Convert(["T1w"], naming: new BidsNaming(some, Renumber: true)).Folder);
        Assert.Equal([0, 1, 2, 0, 2, 1], Io.ReadLabels(data.Cases[0].Label!).Data.Data);
        Directory.Delete(Paths.Raw!, recursive: true);
        var lacking = new BidsNaming(some[1..], Renumber: true);
        Assert.Contains("value 17, which no label has", Assert.Throws<DataException>(() => Convert(["T1w"], naming: lacking)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(Paths.Raw!));

        var regions = new KeyValuePair<string, LabelClass>[] { new("whole", new LabelClass([17, 255], true)), new("core", new LabelClass([255], false)) };
        data = RawDataset.Open(Convert(["T1w"], naming: new BidsNaming(regions, [17, 255], Renumber: true)).Folder);
        Assert.Equal([1, 2], data.Json.Labels.RegionsClassOrder);
        Assert.Equal(["(1, 2)", "2"], data.Json.Labels.ForegroundClasses.Select(c => c.Key));
    }

    [Fact]
    public void Of_several_files_the_plain_one_is_meant_else_a_longer_ending_must_say_which()
    {
        Whole("sub-01");
        Image("sub-01/anat/sub-01_run-2_T1w.nii.gz", 9);
        Assert.Equal(1, Convert(["T1w"]).Training);
        Directory.Delete(Paths.Raw!, recursive: true);

        File.Move(_folder.File("bids", "sub-01", "anat", "sub-01_T1w.nii.gz"), _folder.File("bids", "sub-01", "anat", "sub-01_run-1_T1w.nii.gz"));
        Whole("sub-02");
        Assert.Contains("several files end in _T1w", Assert.Single(Convert(["T1w"]).Warnings));
        Directory.Delete(Paths.Raw!, recursive: true);
        Assert.Equal(1, Convert(["run-2_T1w"]).Training);
    }

    [Fact]
    public void What_is_no_bids_folder_with_labels_is_one_clear_error()
    {
        Directory.CreateDirectory(_folder.File("bids"));
        Assert.Contains("sub-*", Assert.Throws<DataException>(() => Convert(["T1w"])).Message);
        Image("sub-01/anat/sub-01_T1w.nii.gz", 1);
        Assert.Contains("derivatives", Assert.Throws<DataException>(() => Convert(["T1w"])).Message);
        Directory.CreateDirectory(_folder.File("bids", "derivatives", "one"));
        Assert.Contains("_dseg or _mask", Assert.Throws<DataException>(() => Convert(["T1w"])).Message);
        Directory.CreateDirectory(_folder.File("bids", "derivatives", "two"));
        Assert.Contains("one, two", Assert.Throws<DataException>(() => Convert(["T1w"])).Message);
        Assert.Contains("one, two", Assert.Throws<DataException>(() => Convert(["T1w"], "three")).Message);
        Assert.Throws<UsageException>(() => Convert([]));
    }

    private void Whole(string subject)
    {
        Image($"{subject}/anat/{subject}_T1w.nii.gz", 1);
        Label($"{subject}/anat/{subject}_mask.nii.gz");
    }

    private ConvertedDataset Convert(string[] suffixes, string? derivatives = null, BidsNaming? naming = null) =>
        BidsConversion.Convert(
            new BidsSource(_folder.File("bids"), suffixes, derivatives, BidsSource.UsualLabelSuffixes), Paths, Name,
            naming ?? new BidsNaming(), new ConversionRun(2));

    private static IEnumerable<string> NamesOf(ConvertedDataset made) => RawDataset.Open(made.Folder).Json.Labels.Named.Select(label => label.Key);

    private void Image(string path, float value) =>
        Io.WriteImage(Made(path), Enumerable.Repeat(value, 6).ToArray(), Shape, Geometry);

    private void Label(string path) => Io.WriteLabels(Made($"derivatives/labels/{path}"), [0, 1, 2, 0, 1, 2], Shape, Geometry);

    private string Made(string path)
    {
        var file = _folder.File(["bids", .. path.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return file;
    }
}
