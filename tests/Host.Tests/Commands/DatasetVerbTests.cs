using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class DatasetVerbTests : IDisposable
{
    private static readonly DatasetPaths Roots = new("/raw", "/preprocessed", "/results");
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void A_decathlon_task_is_converted_with_nnUNets_flags()
    {
        Assert.Equal(
            new ConvertMsdJob(Roots, "/in/Task04_Hippocampus", null, 0),
            _line.Job<ConvertMsdJob>("convert-msd-dataset", "-i", "/in/Task04_Hippocampus/"));
        Assert.Equal(
            new ConvertMsdJob(Roots, "/in/Task04_Hippocampus", 12, 3),
            _line.Job<ConvertMsdJob>("nnUNetv2_convert_MSD_dataset", "-i", "/in/Task04_Hippocampus", "-overwrite_id", "12", "-np", "3"));
    }

    [Fact]
    public void An_old_data_set_is_converted_by_folder_and_name() => Assert.Equal(
        new ConvertOldDatasetJob(Roots, "/in/Task004_Hippocampus", "Dataset004_Hippocampus"),
        _line.Job<ConvertOldDatasetJob>("nnUNetv2_convert_old_nnUNet_dataset", "/in/Task004_Hippocampus", "Dataset004_Hippocampus"));

    [Fact]
    public void Bids_takes_suffixes_in_the_order_of_the_channels()
    {
        var job = _line.Job<ConvertBidsJob>(
            "convert-bids", "-i", "/bids", "-d", "50", "-name", "Brain", "--derivatives", "manual_masks", "--suffix", "FLAIR", "_T1w", "--label-suffix", "mask",
            "--labels", "lesion=1,all=1,2", "--regions-class-order", "1,2", "--renumber", "-np", "2");

        Assert.Equal(("Dataset050_Brain", "/bids", "manual_masks", 2), (job.Dataset, job.Source.Folder, job.Source.Derivatives, job.Workers));
        Assert.Equal(["FLAIR", "T1w"], job.Source.Suffixes);
        Assert.True(job.Naming.Renumber);
        Assert.Equal([1, 2], job.Naming.ClassOrder!);
        Assert.Equal(["mask"], job.Source.LabelSuffixes);
        Assert.Equal(["background 0", "lesion 1", "all (1, 2)"], job.Naming.Named!.Select(label => $"{label.Key} {label.Value.Key}"));

        var plain = _line.Job<ConvertBidsJob>("convert-bids", "-i", "/bids", "-d", "50", "-name", "Brain");
        Assert.Equal(["T1w"], plain.Source.Suffixes);
        Assert.Equal(BidsSource.UsualLabelSuffixes, plain.Source.LabelSuffixes);
        Assert.Null(plain.Naming.Named);
        Assert.Null(plain.Source.Derivatives);
    }

    [Fact]
    public void A_dataset_json_is_described_by_flags()
    {
        var job = _line.Job<DatasetJsonJob>(
            "generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "1=PET", "0=CT", "--labels", "whole=1,2,core=2", "ignore=3",
            "--regions-class-order", "1", "2", "--file-ending", ".nii", "--overwrite", "--citation", "c", "--license", "CC0", "--reader", "NibabelIO");

        Assert.Equal(("/raw/Dataset050_Brain", true), (job.Folder, job.Overwrite));
        Assert.Equal(["CT", "PET"], job.Description.ChannelNames);
        Assert.Equal(["background 0", "whole (1, 2)", "core 2", "ignore 3"], job.Description.Labels.Select(label => $"{label.Key} {label.Value.Key}"));
        Assert.Equal([1, 2], job.Description.RegionsClassOrder!);
        Assert.Equal((".nii", "c"), (job.Description.FileEnding, job.Description.Citation));
        Assert.Equal(("CC0", "not stated"), (job.Description.License, job.Description.ConvertedBy));
        Assert.Equal("/x/y", _line.Job<DatasetJsonJob>("generate-dataset-json", "-d", "/x/y", "--channels", "0=CT", "--labels", "a=1").Folder);
    }

    [Theory]
    [InlineData("convert-msd-dataset")]
    [InlineData("convert-msd-dataset", "-i", "/in/Task04_X", "-overwrite_id", "-3")]
    [InlineData("convert-old-nnunet-dataset", "/in/Task004_X")]
    [InlineData("convert-old-nnunet-dataset", "/in/Task004_X", "Hippocampus")]
    [InlineData("convert-bids", "-i", "/bids", "-d", "50")]
    [InlineData("convert-bids", "-i", "/bids", "-d", "50", "-name", "a/b")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "0=CT")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "CT", "--labels", "a=1")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "0=CT,2=PET", "--labels", "a=1")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "0=CT,0=PET", "--labels", "a=1")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "0=CT", "--labels", "1")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "0=CT", "--labels", "a=one")]
    [InlineData("generate-dataset-json", "-d", "Dataset050_Brain", "--channels", "0=CT", "--labels", "=1")]
    public async Task What_is_wrong_in_a_command_line_ends_with_exit_code_2(params string[] args) => Assert.Equal(2, await _line.Run(args));

    [Fact]
    public async Task Without_a_raw_folder_nothing_can_be_converted()
    {
        _line.Variables.Remove("nnUNet_raw");
        Assert.Equal(2, await _line.Run("convert-msd-dataset", "-i", "/in/Task04_X"));
        Assert.Contains("nnUNet_raw is not set", _line.Error);
    }

    [Fact]
    public async Task A_conversion_tells_cases_folder_and_what_was_left_out()
    {
        var made = new ConversionResult(new ConvertedDataset("/raw/Dataset050_Brain", 3, 1, ["sub-03 is left out: it has no T1w image"]));
        _line.Runner.Gives(made);
        _line.Runner.Gives(made);
        Assert.Equal(0, await _line.Run("convert-bids", "-i", "/bids", "-d", "50", "-name", "Brain", "--json"));
        Assert.Equal(0, await _line.Run("convert-bids", "-i", "/bids", "-d", "50", "-name", "Brain"));
        Assert.Equal(
            "{\"dataset\":\"Dataset050_Brain\",\"folder\":\"/raw/Dataset050_Brain\",\"training\":3,\"test\":1,"
            + "\"warnings\":[\"sub-03 is left out: it has no T1w image\"]}\n3 training and 1 test cases: /raw/Dataset050_Brain\n"
            + "warning: sub-03 is left out: it has no T1w image\n",
            _line.Out);
    }

    [Fact]
    public async Task A_dataset_json_tells_its_path_and_the_cases_counted()
    {
        _line.Runner.Gives(new DatasetJsonResult("/x/dataset.json", 7));
        Assert.Equal(0, await _line.Run("generate-dataset-json", "-d", "/x/", "--channels", "0=CT", "--labels", "a=1", "--json"));
        Assert.Equal("""{"file":"/x/dataset.json","cases":7}""", _line.Out.TrimEnd());
    }
}
