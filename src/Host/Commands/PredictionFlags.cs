using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary>Flags both prediction verbs take (spec 07 section 10), and the job they make.</summary>
internal sealed class PredictionFlags
{
    private readonly Option<string> _input = new("-i") { HelpName = "DIR", Description = "images, named and stored as in training", Required = true };
    private readonly Option<string> _output = new("-o") { HelpName = "DIR", Description = "label maps go here", Required = true };
    private readonly Option<double> _stepSize =
        new("-step_size") { HelpName = "X", Description = "tile stride as a fraction of the patch", DefaultValueFactory = _ => 0.5 };
    private readonly Option<bool> _noMirroring = new("--disable_tta") { Description = "no mirroring: faster, a little less accurate" };
    private readonly Option<bool> _continue = new("--continue_prediction", "--c") { Description = "leave cases alone whose label map exists" };
    private readonly Option<string> _checkpoint =
        new("-chk") { HelpName = "FILE", Description = "checkpoint", DefaultValueFactory = _ => "checkpoint_final.pth" };
    private readonly Option<string?> _device = DeviceFlag.Create();
    private readonly Option<bool> _noBar = new("--disable_progress_bar") { Description = "show no progress" };
    private readonly Option<bool> _hostAccumulation = new("--not_on_device") { Hidden = true };
    private readonly Option<int?> _npp = new("-npp") { Hidden = true };
    private readonly Option<int?> _nps = new("-nps") { Hidden = true };
    private readonly Option<string[]> _folds = new("-f")
    {
        HelpName = "FOLD",
        Description = "folds, averaged (default: 0 1 2 3 4)",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All =>
        [_input, _output, _folds, _stepSize, _noMirroring, _continue, _checkpoint, _device, _noBar, PlanningFlags.Verbose(), _hostAccumulation, _npp, _nps];

    /// <summary>Those refused, each with the reason.</summary>
    public static IReadOnlyList<(string Flag, string Why)> Refused =>
    [
        ("--save_probabilities", "label maps are written, probabilities are not"),
        ("-prev_stage_predictions", "cascades are not there"),
    ];

    /// <summary>The job, for a model folder.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public JobRequest Request(ParseResult given, DatasetPaths paths, string modelFolder, HostServices host)
    {
        var (step, device) = (given.GetValue(_stepSize), Devices.Choose(given.GetValue(_device), host));
        if (step is not (> 0 and <= 1))
            throw new UsageException(FormattableString.Invariant($"-step_size {step} is not allowed; give more than 0 and at most 1"));
        if (given.GetValue(_hostAccumulation) && device != "cpu")
            throw new UsageException("--not_on_device is not supported yet: results are gathered on the device");
        var folds = given.GetValue(_folds) is { Length: > 0 } named ? named : ["0", "1", "2", "3", "4"];
        var (input, output) = (Path.GetFullPath(given.GetRequiredValue(_input)), Path.GetFullPath(given.GetRequiredValue(_output)));
        var job = new PredictJob(paths, modelFolder, input, output, [.. folds.Select(Fold.Parse)], given.GetRequiredValue(_checkpoint), step,
            !given.GetValue(_noMirroring), given.GetValue(_continue), device);
        return new JobRequest($"predict {input} with {modelFolder}, folds {string.Join(' ', folds)}", [job])
        {
            ShowProgress = !given.GetValue(_noBar),
            Notes = (given.GetValue(_npp) ?? given.GetValue(_nps)) is null ? [] : ["-npp and -nps have no effect: reading and writing run beside the network"],
        };
    }
}
