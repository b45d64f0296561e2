using ActorSeg.Compute;
using ActorSeg.Host.Commands;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class FlagSpellingTests : IDisposable
{
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Theory]
    [InlineData("predict -f0", "predict -f 0")]
    [InlineData("predict -step 0.7", "predict -step_size 0.7")]
    [InlineData("predict -step=0.7", "predict -step_size=0.7")]
    [InlineData("predict --dis", null)]
    [InlineData("predict --disable_t", "predict --disable_tta")]
    [InlineData("predict --cont", "predict --continue_prediction")]
    [InlineData("predict -c 2d -chk x", "predict -c 2d -chk x")]
    [InlineData("predict -dev cpu", null)]
    [InlineData("train --va", null)]
    [InlineData("train --val", "train --val")]
    [InlineData("train 4 2d 0 --ep 3", "train 4 2d 0 --epochs 3")]
    [InlineData("train -1 -0.5", "train -1 -0.5")]
    [InlineData("train --co x", null)]
    [InlineData("--json nnUNetv2_train 4", "--json train 4")]
    [InlineData("--config demo train -p x", "--config demo train -p x")]
    [InlineData("nnUNetv2_plan_and_preprocess -d 4", "plan-and-preprocess -d 4")]
    [InlineData("describe supervision --json", "describe supervision --json")]
    [InlineData("predict -- -f0", "predict -- -f0")]
    public void Flags_are_spelled_out_as_argparse_would(string given, string? wanted)
    {
        var root = CommandTree.Create(_line.Host);

        if (wanted is null) Assert.Throws<UsageException>(() => FlagSpelling.Normalise(root, given.Split(' ')));
        else Assert.Equal(wanted.Split(' '), FlagSpelling.Normalise(root, given.Split(' ')));
    }

    [Theory]
    [InlineData("trian", "there is no command 'trian'; did you mean 'train'?")]
    [InlineData("nnUNetv2_predit", "there is no command 'nnUNetv2_predit'; did you mean 'predict'?")]
    [InlineData("qqqqqqqqqq", "there is no command 'qqqqqqqqqq'; 'actorseg --help' lists those there are")]
    public async Task An_unknown_command_is_told_with_what_it_may_have_been(string verb, string sentence)
    {
        Assert.Equal(2, await _line.Run(verb));
        Assert.Contains(sentence, _line.Error);
    }

    [Fact]
    public async Task No_command_at_all_is_wrong_use() => Assert.Equal(2, await _line.Run());

    [Fact]
    public async Task Help_names_every_command_and_ends_well()
    {
        Assert.Equal(0, await _line.Run("--help"));
        foreach (var verb in CommandTree.Create(_line.Host).Subcommands) Assert.Contains($"  {verb.Name} ", _line.Out);
        Assert.Empty(_line.Error);
    }
}
