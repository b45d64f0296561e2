using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

/// <summary>What cannot be asked of a run. What can is tested with processes (<c>ControlTests</c>).</summary>
public sealed class ControlVerbTests : IDisposable
{
    private readonly CommandLine _line = new();
    private readonly TemporaryFolder _results = new();

    public void Dispose()
    {
        _line.Dispose();
        _results.Dispose();
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("checkpoint")]
    [InlineData("cancel")]
    [InlineData("set", "--epochs", "3")]
    public async Task A_run_without_a_process_is_told_so_with_its_state(string verb, params string[] more)
    {
        var folder = _results.File("Dataset004_X", "nnUNetTrainer__nnUNetPlans__3d_fullres", "fold_0");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "checkpoint_final.pth"), "torn");
        Assert.Equal(2, await _line.Run([verb, "4", .. more, "--results", _results.Path]));
        Assert.Contains($"no process is at {folder}, which is unknown", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
    }

    [Theory]
    [InlineData("no process is at any run of that name", "pause")]
    [InlineData("there is no run 4 2d 0", "pause", "4", "2d", "0")]
    [InlineData("give --epochs, --learning-rate or both", "set", "4")]
    [InlineData("--epochs 0 is not allowed", "set", "4", "--epochs", "0")]
    public async Task What_is_missing_is_said_in_a_sentence(string sentence, params string[] words)
    {
        Directory.CreateDirectory(_results.File("Dataset004_X"));
        Assert.Equal(2, await _line.Run([.. words, "--results", _results.Path]));
        Assert.Contains(sentence, _line.Error);
    }
}
