using System.Text.Json.Nodes;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

/// <summary>Runs as users name them. What a run's files say is tested where they are made (<c>RunHistoryTests</c>, <c>OwnershipTests</c>).</summary>
public sealed class StatusVerbTests : IDisposable
{
    private readonly CommandLine _line = new();
    private readonly TemporaryFolder _results = new();

    public StatusVerbTests()
    {
        foreach (var (dataset, model, fold) in new[]
        {
            ("Dataset004_X", "nnUNetTrainer__nnUNetPlans__3d_fullres", "fold_0"), ("Dataset004_X", "nnUNetTrainer__nnUNetPlans__3d_fullres", "fold_all"),
            ("Dataset004_X", "Mine__nnUNetPlans__2d", "fold_0"), ("Dataset005_Y", "nnUNetTrainer__Other__3d_fullres", "fold_0"),
        })
        {
            var folder = _results.File(dataset, model, fold);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "checkpoint_final.pth"), "torn");
        }

        Directory.CreateDirectory(_results.File("Dataset004_X", "nnUNetTrainer__nnUNetPlans__3d_fullres", "fold_1"));
    }

    public void Dispose()
    {
        _line.Dispose();
        _results.Dispose();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3, "4")]
    [InlineData(3, "Dataset004_X")]
    [InlineData(2, "4", "3d_fullres")]
    [InlineData(1, "4", "3d_fullres", "all")]
    [InlineData(1, "-tr", "Mine")]
    [InlineData(1, "-p", "Other")]
    [InlineData(1, "Dataset004_X", "2d", "0", "-tr", "Mine")]
    public async Task Runs_are_found_by_as_much_of_their_name_as_is_given(int count, params string[] words)
    {
        Assert.Equal(0, await _line.Run(["status", .. words, "--results", _results.Path, "--json"]));
        Assert.Equal(count, JsonNode.Parse(_line.Out)!["runs"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_path_names_a_run_wherever_it_lies()
    {
        var folder = _results.File("Dataset004_X", "Mine__nnUNetPlans__2d", "fold_0");
        Assert.Equal(0, await _line.Run("status", folder + "/", "--json"));
        var run = Assert.Single(JsonNode.Parse(_line.Out)!["runs"]!.AsArray())!;
        Assert.Equal((folder, "Mine", "unknown"), ((string)run["folder"]!, (string)run["trainer"]!, (string)run["state"]!));
    }

    [Theory]
    [InlineData("there is no run 4 2d 3", "4", "2d", "3")]
    [InlineData("no data set has the number 77", "77")]
    [InlineData("is not a fold's folder with a run", "./nowhere/fold_0")]
    [InlineData("Unrecognized command or argument 'more'", "4", "2d", "0", "more")]
    public async Task What_is_not_there_is_said_in_a_sentence(string sentence, params string[] words)
    {
        Assert.Equal(2, await _line.Run(["status", .. words, "--results", _results.Path]));
        Assert.Contains(sentence, _line.Error);
    }

    [Fact]
    public async Task It_starts_no_actors_and_makes_no_files()
    {
        var before = Directory.GetFileSystemEntries(_results.Path, "*", SearchOption.AllDirectories).Length;
        Assert.Equal(0, await _line.Run("status", "--history", "--results", _results.Path));
        Assert.Empty(_line.Runner.Jobs);
        Assert.Null(_line.Settings);
        Assert.Equal(before, Directory.GetFileSystemEntries(_results.Path, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task An_empty_or_missing_results_folder_has_no_runs()
    {
        Assert.Equal(0, await _line.Run("status", "--results", _results.File("missing")));
        Assert.Equal("no runs\n", _line.Out);
    }
}
