using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Training;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>train</c>: trains one fold and validates it, or goes on with it.</summary>
internal sealed class TrainVerb : JobVerb
{
    private readonly Argument<string> _dataset = new("dataset") { Description = "number or full name" };
    private readonly Argument<string> _configuration = new("configuration") { Description = "such as 3d_fullres" };
    private readonly Argument<string> _fold = new("fold") { Description = "a number from 0, or all" };
    private readonly Option<string> _trainer =
        new("-tr") { HelpName = "CLASS", Description = "trainer; names the results folder", DefaultValueFactory = _ => TrainerCatalog.DefaultName };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<bool> _continue = new("--c") { Description = "accepted; an unfinished training is always continued" };
    private readonly Option<string?> _device = DeviceFlag.Create();
    private readonly Option<int> _gpus = new("-num_gpus") { HelpName = "N", Description = "GPUs that share each batch", DefaultValueFactory = _ => 1 };
    private readonly ScheduleFlags _schedule = new();
    private readonly Option<string[]> _regions = PlannerFlags.RegionsFlag("the regions the data set was prepared with (plan-and-preprocess --regions); others are refused");
    private readonly Option<string?> _pretrained =
        new("-pretrained_weights") { HelpName = "FILE", Description = "begin a new training with the weights of a checkpoint or .safetensors, its heads left out" };
    private readonly Option<bool> _probabilities = new("--npz") { Description = "keep the validation's probabilities too, which ensembles are found with" };
    private readonly Option<bool> _validate = new("--val") { Description = "validate a training that is over, and train nothing" };
    private readonly Option<bool> _validateBest = new("--val_best") { Description = "validate the best checkpoint in the place of the final one" };
    private readonly Option<bool> _noCheckpoints =
        new("--disable_checkpointing") { Description = "write no checkpoints: the training cannot go on, nor predict, once the process has ended" };
    private readonly Option<bool> _fresh = new("--fresh") { Description = "start anew although a checkpoint is there" };

    public TrainVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "train", "Train one fold and validate it. The same command again goes on where it stopped.")
    {
        foreach (var argument in new[] { _dataset, _configuration, _fold }) Add(argument);
        foreach (var option in new Option[]
        {
            _trainer, _plans, _continue, _device, _regions, _pretrained, _probabilities, _validate, _validateBest, _noCheckpoints, _fresh, _gpus,
        }.Concat(_schedule.All)) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var trainer = Flags.Trainer(given.GetRequiredValue(_trainer), given, Host);
        if (given.GetValue(_continue) && given.GetValue(_fresh)) throw new UsageException("--c continues a training and --fresh starts anew; give one of them");
        var (validate, best, noCheckpoints) = (given.GetValue(_validate), given.GetValue(_validateBest), given.GetValue(_noCheckpoints));
        if (validate && given.GetValue(_continue)) throw new UsageException("--val trains nothing and --c goes on training; give one of them");
        if (validate && given.GetValue(_fresh)) throw new UsageException("--val validates what is trained and --fresh removes it; give one of them");
        if (best && noCheckpoints) throw new UsageException("--val_best needs the checkpoint that --disable_checkpointing does not write; give one of them");
        var pretrained = given.GetValue(_pretrained) is { } file ? Path.GetFullPath(file) : null;
        if (pretrained is not null)
        {
            if (given.GetValue(_continue)) throw new UsageException("-pretrained_weights begins a training and --c continues one; give one of them");
            if (!File.Exists(pretrained)) throw new DataException(pretrained, "is not there", "give the path of a .pth or .safetensors file");
        }

        var fold = Fold.Parse(given.GetRequiredValue(_fold));
        var (dataset, configuration) = (DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset)), given.GetRequiredValue(_configuration));
        var (overrides, notes) = _schedule.From(given, Host);
        var gpus = given.GetValue(_gpus);
        // Who wants several GPUs and has none is not to find a training on the CPU in the morning.
        var device = Devices.Choose(given.GetValue(_device) ?? (gpus > 1 ? "cuda" : null), Host);
        var job = new TrainJob(paths, dataset, configuration, fold, trainer, given.GetRequiredValue(_plans), overrides, given.GetValue(_fresh), device)
        {
            Regions = given.GetValue(_regions) is { Length: > 0 } labels ? labels : null,
            Augmenters = AugmentersVariable.Of(Host),
            PretrainedWeights = pretrained,
            Probabilities = given.GetValue(_probabilities),
            ValidateOnly = validate,
            ValidateBest = best,
            Checkpoints = !noCheckpoints,
            Devices = gpus,
        };
        return new JobRequest($"{(validate ? "validate" : "train")} {dataset} {configuration} fold {fold}", [job])
        {
            Notes =
            [
                .. notes,
                .. gpus > 1 && device == "cpu" ? new[] { $"-num_gpus {gpus} on the CPU: the shares of a batch are computed one after the other, which is for trying it only" } : [],
                .. noCheckpoints ? new[] { "no checkpoints are written: nothing of this training but its validation outlives the process" } : [],
                .. job.Augmenters is { } workers ? new[] { $"{AugmentersVariable.Name} is set: {workers} augmentation workers, unless actorseg.train.augmenters fixes another number" } : [],
            ],
        };
    }
}
