using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Host.Hosting;
using Precision = ActorSeg.Compute.Networks.Precision;

namespace ActorSeg.Host.Commands;

/// <summary>Flags both prediction verbs take (spec 07 section 10), and the job they make.</summary>
internal sealed class PredictionFlags
{
    private readonly Option<string> _input =
        new("-i") { HelpName = "DIR", Description = "images, named and stored as in training; or a .json file that lists the files of each case", Required = true };
    private readonly Option<string> _output =
        new("-o") { HelpName = "DIR", Description = "label maps go here; or a .json file with a path without ending for each case", Required = true };
    private readonly Option<double> _stepSize =
        new("-step_size") { HelpName = "X", Description = "tile stride as a fraction of the patch", DefaultValueFactory = _ => 0.5 };
    private readonly Option<bool> _noMirroring = new("--disable_tta") { Description = "no mirroring: faster, a little less accurate" };
    private readonly Option<bool> _probabilities = new("--save_probabilities") { Description = "also write probabilities (.npz) and properties (.pkl), as ensembles need them" };
    private readonly Option<bool> _continue = new("--continue_prediction", "--c") { Description = "leave cases alone whose label map exists" };
    private readonly Option<string?> _previousStage =
        new("-prev_stage_predictions") { HelpName = "DIR", Description = "label maps of the stage before, for the second stage of a cascade" };
    private readonly Option<string> _checkpoint =
        new("-chk") { HelpName = "FILE", Description = "checkpoint", DefaultValueFactory = _ => "checkpoint_final.pth" };
    private readonly Option<string?> _device = DeviceFlag.Create();
    private readonly Option<string> _sums =
        new("--accumulate") { HelpName = "fp16|fp32", Description = "numbers in which tiles are summed; fp16 is nnU-Net's", DefaultValueFactory = _ => "fp16" };
    private readonly Option<string> _precision =
        new("--precision") { HelpName = "fp32|bf16", Description = "numbers in which the network computes", DefaultValueFactory = _ => "fp32" };
    private readonly Option<bool> _noBar = new("--disable_progress_bar") { Description = "show no progress" };
    private readonly Option<bool> _hostAccumulation = new("--not_on_device") { Description = "sum tiles in the host's memory, not the GPU's" };
    private readonly Option<int?> _npp = new("-npp") { HelpName = "N", Description = "cases read at once at most (default: the node decides)" };
    private readonly Option<int?> _nps = new("-nps") { HelpName = "N", Description = "cases written at once at most (default: the node decides)" };
    private readonly Option<string[]> _folds = new("-f")
    {
        HelpName = "FOLD",
        Description = "folds, averaged (default: 0 1 2 3 4)",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All =>
    [
        _input, _output, _folds, _stepSize, _noMirroring, _probabilities, _continue, _previousStage, _checkpoint, _device, _precision, _sums, _noBar, PlanningFlags.Verbose(),
        _hostAccumulation, _npp, _nps,
    ];

    /// <summary>The job, for a model folder.</summary>
    /// <param name="given">The command line.</param>
    /// <param name="paths">Roots.</param>
    /// <param name="modelFolder">With plans.json and the folds.</param>
    /// <param name="part">Which part of the cases, and of how many.</param>
    /// <param name="variables">Whether nnUNet_npp and nnUNet_nps count, as they do for <c>predict</c> alone.</param>
    /// <param name="host">The outside world.</param>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    public JobRequest Request(ParseResult given, DatasetPaths paths, string modelFolder, (int Part, int Parts) part, bool variables, HostServices host)
    {
        var (step, device) = (given.GetValue(_stepSize), Devices.Choose(given.GetValue(_device), host));
        if (step is not (> 0 and <= 1))
            throw new UsageException(FormattableString.Invariant($"-step_size {step} is not allowed; give more than 0 and at most 1"));
        var folds = given.GetValue(_folds) is { Length: > 0 } named ? named : ["0", "1", "2", "3", "4"];
        var (input, output) = (Path.GetFullPath(given.GetRequiredValue(_input)), Path.GetFullPath(given.GetRequiredValue(_output)));
        var job = new PredictJob(paths, modelFolder, input, output, [.. folds.Select(Fold.Parse)], given.GetRequiredValue(_checkpoint), step,
            !given.GetValue(_noMirroring), given.GetValue(_continue), device)
        {
            Probabilities = given.GetValue(_probabilities),
            PreviousStage = given.GetValue(_previousStage) is { } stage ? Path.GetFullPath(stage) : null,
            Part = part.Part,
            Parts = part.Parts,
            Loaders = Count(given, _npp, variables ? host.Variable("nnUNet_npp") : null),
            Exporters = Count(given, _nps, variables ? host.Variable("nnUNet_nps") : null),
            Sums = One<SumPrecision>(given, _sums, "fp16", "fp32"),
            Precision = One<Precision>(given, _precision, "fp32", "bf16"),
            SumOnDevice = !given.GetValue(_hostAccumulation),
        };
        var which = part.Parts > 1 ? $", part {part.Part + 1} of {part.Parts}" : "";
        return new JobRequest($"predict {input} with {modelFolder}, folds {string.Join(' ', folds)}{which}", [job]) { ShowProgress = !given.GetValue(_noBar) };
    }

    // 0 is nnU-Net's way to ask for no processes beside its own; here that is one of each, which runs in this process anyway.
    private static int Count(ParseResult given, Option<int?> flag, string? variable) => given.GetValue(flag) switch
    {
        null => int.TryParse(variable, System.Globalization.CultureInfo.InvariantCulture, out var n) && n > 0 ? n : 0,
        < 0 and var n => throw new UsageException($"{flag.Name} {n} is not allowed; give 0 or more"),
        { } n => Math.Max(1, n),
    };

    private static T One<T>(ParseResult given, Option<string> flag, params ReadOnlySpan<string> known)
        where T : struct, Enum
    {
        var text = given.GetRequiredValue(flag);
        return known.Contains(text) ? Enum.Parse<T>(text, ignoreCase: true) : throw new UsageException($"{flag.Name} {text} is not known; give {string.Join(" or ", known.ToArray())}");
    }
}
