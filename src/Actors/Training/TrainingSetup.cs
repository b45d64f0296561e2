using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Preprocessing.Storage;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Pretraining;

namespace ActorSeg.Actors.Training;

/// <summary>Everything on disk that a training of one fold is made from.</summary>
/// <param name="Job">What was asked.</param>
/// <param name="Plans">Of the data set.</param>
/// <param name="Trainer">How it is trained.</param>
/// <param name="Configuration">To train, as the trainer changes it.</param>
/// <param name="Dataset">dataset.json as the planner copied it.</param>
/// <param name="Store">The preprocessed cases.</param>
/// <param name="Split">The fold's cases.</param>
/// <param name="Options">nnU-Net's values with the trial's changes.</param>
/// <param name="Device">Resolved.</param>
internal sealed record TrainingSetup(
    TrainJob Job, Plans Plans, TrainerVariant Trainer, Configuration Configuration, DatasetJson Dataset, ICaseStore Store, Split Split, TrainingOptions Options, string Device)
{
    public string ModelFolder => Job.Paths.ModelFolder(Job.Dataset, Job.Trainer, Plans.PlansName, Job.Configuration);

    public string FoldFolder => Path.Combine(ModelFolder, Job.Fold.FolderName);

    public string ReferenceFolder => Path.Combine(Job.Paths.PreprocessedFolder(Job.Dataset), "gt_segmentations");

    /// <summary>Where the preprocessed cases of a configuration of the same plans lie.</summary>
    public string CasesOf(string configuration) => Plans.Configurations.TryGetValue(configuration, out var other)
        ? Path.Combine(Job.Paths.PreprocessedFolder(Job.Dataset), other.DataIdentifier)
        : throw new DataException("plans", $"name the stage '{configuration}', which they do not have", "plan again");

    /// <summary>What the unfinished run in the fold's folder says of itself; null where there is none to go on with.</summary>
    private CheckpointHeader? Header { get; init; }

    private CheckpointExtra? Begun => Header?.Extra;

    /// <summary>What the command asks for, whether or not the run goes on by it.</summary>
    public AskedSchedule? Asked { get; init; }

    /// <summary>The epoch it goes on with; 0 where it begins.</summary>
    public int BegunAt => Header?.Position.Epoch ?? 0;

    /// <summary>Where one configuration of this training's plans and trainer leaves its labels for another (spec 05 section 11.4).</summary>
    public string StageFolder(string from, string to) =>
        Path.Combine(Job.Paths.ModelFolder(Job.Dataset, Job.Trainer, Plans.PlansName, from), "predicted_next_stage", to);

    /// <summary>The pretrained encoder that the plans name for a trainer of that family; null for all others.</summary>
    private PretrainInfo? Encoder { get; init; }

    /// <summary>Image channels, and in a cascade one more for each foreground label (spec 04 section 8.4).</summary>
    public int InputChannels => Dataset.ChannelNames.Count + (Configuration.PreviousStage is null ? 0 : Dataset.Labels.Foreground.Count());

    /// <summary>Gives a new training's network the first weights that are not random: the plans' encoder, then <c>-pretrained_weights</c>.</summary>
    /// <exception cref="DataException">A file is damaged or of another network.</exception>
    public void Begin(ISegmentationNetwork network)
    {
        if (HasCheckpoint) return;
        Encoder?.Import(network, Configuration.PatchSize, Trainer.Pretraining!);
        if (Job.PretrainedWeights is { } file) network.LoadPretrained(CheckpointFile.ReadWeights(file), file);
    }

    public IReadOnlyList<int> MirrorAxes => AugmentationSettings.For(Configuration, Trainer.Augmentation).MirrorAxes;

    /// <summary>Reads plans, dataset.json and splits, and checks that they fit the job.</summary>
    /// <param name="job">What was asked.</param>
    /// <param name="plugins">Trainers of the user's own; null knows nnU-Net's alone.</param>
    /// <param name="repairing">Makes of the folder's cases a store that repairs them; null leaves damage to be told of.</param>
    public static TrainingSetup Load(TrainJob job, PluginSet? plugins = null, Func<CaseStore, ICaseStore>? repairing = null)
    {
        var trainer = (plugins ?? PluginSet.None).Trainer(job.Trainer);
        if (trainer.Benchmark && job.Fold.Number != 0) throw new UsageException($"-tr {trainer.Name} measures time, for which one fold is as good as another: give fold 0");
        var device = Devices.Resolve(job.Device);
        Devices.First(device, job.Devices);
        var folder = job.Paths.PreprocessedFolder(job.Dataset);
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", $"run plan-and-preprocess for {job.Dataset} first");
        var plans = Plans.Load(Path.Combine(folder, $"{job.PlansName}.json"));
        if (!plans.Configurations.TryGetValue(job.Configuration, out var configuration))
            throw new UsageException($"configuration '{job.Configuration}' is not in {job.PlansName}; it has {string.Join(", ", plans.Configurations.Keys)}");
        configuration = trainer.Adapt(configuration);
        var dataset = DatasetJson.Load(Path.Combine(folder, "dataset.json"));
        if (job.Regions is { } regions) RegionSelection.Require(dataset, regions);
        var store = new CaseStore(Path.Combine(folder, configuration.DataIdentifier));
        if (store.Cases.Count == 0)
            throw new DataException(
                store.Folder, CaseFolder.HasBlosc(store.Folder) ? "holds cases in Blosc2 files, which are not read here" : "holds no preprocessed cases",
                $"run preprocess -c {job.Configuration} first");
        var split = CrossValidation.LoadOrCreate(folder, store.Cases, job.Fold);
        var cases = repairing?.Invoke(store) ?? store;
        var encoder = trainer.Pretraining is null ? null : PretrainInfo.Parse(plans.Source, Path.Combine(folder, $"{job.PlansName}.json"));
        var planned = trainer.Options(configuration.BatchSize);
        if (encoder is { Checkpoint: null }) planned = planned with { InitialLearningRate = trainer.Pretraining!.ScratchRate };
        var setup = new TrainingSetup(job, plans, trainer, configuration, dataset, cases, split, planned, device) { Encoder = encoder };
        setup = setup with { Header = job.Fresh ? null : CheckpointFile.FindNewestHeader(setup.FoldFolder)?.Header };
        var options = setup.ChosenOptions();
        return (setup with { Store = setup.WithStageBefore(cases), Options = options, Asked = new AskedSchedule(options.Epochs, options.InitialLearningRate) }).AsChanged();
    }

    // The stage before was trained by the same trainer with the same plans (spec 05 section 11.5), and left its predictions in its model folder.
    private ICaseStore WithStageBefore(ICaseStore cases)
    {
        if (Configuration.PreviousStage is not { } stage) return cases;
        var folder = StageFolder(stage, Configuration.Name);
        var previous = new PreviousStage(folder);
        if (cases.Cases.FirstOrDefault(id => !previous.Has(id)) is { Value: { } missing })
            throw new DataException(folder, $"has no prediction of {missing}", $"train every fold of {stage} with -tr {Job.Trainer} first, or the fold 'all'");
        return new CascadeCaseStore(cases, previous);
    }

    /// <summary>The same, to be computed as the node is set, and why in this precision.</summary>
    public (TrainingSetup Setup, PrecisionChoice Precision) In(NodeSettings settings)
    {
        Precision? begunIn = null;
        if (Begun is { } begun && !PrecisionChoice.TryParse(begun.Precision, out begunIn))
            throw new DataException(FoldFolder, $"holds a training in the precision '{begun.Precision}', which is not known here", "go on with the ActorSeg that began it");
        var choice = PrecisionChoice.For(settings.Precision, begunIn, Device, PrecisionChoice.ProcessorHasBf16);
        return (this with { Options = Options with { Precision = choice.Precision, GradientCheckpointing = settings.GradientCheckpointing } }, choice);
    }

    /// <summary>Removes what an earlier training left, so that nothing goes on from it.</summary>
    public void StartAfresh()
    {
        foreach (var name in CheckpointSet.SearchOrder) File.Delete(Path.Combine(FoldFolder, name));
    }

    /// <summary>What to say of the pretrained weights. A file that does not fit ends the job here, before anything is removed or started.</summary>
    /// <param name="afresh">Checkpoints that are there are about to be removed.</param>
    /// <exception cref="DataException">It is damaged or of another network.</exception>
    /// <exception cref="UsageException">It is one of the files to be removed.</exception>
    public JobEvent? CheckPretrained(bool afresh)
    {
        if (Job.PretrainedWeights is not { } file) return CheckEncoder(afresh);
        if (HasCheckpoint && !afresh) return new JobWarning($"-pretrained_weights {file} is not used: the training goes on from its own checkpoint in {FoldFolder}");
        if (afresh && CheckpointSet.SearchOrder.Any(name => Path.GetFullPath(Path.Combine(FoldFolder, name)) == Path.GetFullPath(file)))
            throw new UsageException($"-pretrained_weights {file} is one of the checkpoints that --fresh removes; copy it to another folder first");
        using var network = Trainer.Network.Build(Configuration, InputChannels, Dataset.Labels.Heads, Options.Seed);
        var selection = network.LoadPretrained(CheckpointFile.ReadWeights(file), file);
        return new TrainingPretrained(selection.Taken.Count, selection.Kept.Count, file);
    }

    private TrainingPretrained? CheckEncoder(bool afresh)
    {
        if (Encoder is not { Checkpoint: { } file } || (HasCheckpoint && !afresh)) return null;
        using var network = Trainer.Network.Build(Configuration, InputChannels, Dataset.Labels.Heads, Options.Seed);
        var taken = Encoder.Import(network, Configuration.PatchSize, Trainer.Pretraining!);
        return new TrainingPretrained(taken, network.Save().Count - taken, file);
    }

    private bool HasCheckpoint => CheckpointSet.SearchOrder.Any(name => File.Exists(Path.Combine(FoldFolder, name)));

    // What was changed while the run went on stays, when the command is the same as the one that it was begun with.
    private TrainingSetup AsChanged()
    {
        if (Begun is not { Asked: { } before } begun || before != Asked || Header?.InitialLearningRate is not { } rate) return this;
        var changed = this with { Options = Options with { Epochs = begun.Epochs, InitialLearningRate = rate } };
        changed.Options.Validate();
        return changed;
    }

    // A run that goes on keeps its seed, whether or not the command says it again.
    private TrainingOptions ChosenOptions()
    {
        var o = Job.Options;
        var options = Options with { BatchSize = o.BatchSize ?? Options.BatchSize };
        options = options with
        {
            Epochs = o.Epochs ?? options.Epochs,
            IterationsPerEpoch = o.Iterations ?? options.IterationsPerEpoch,
            ValidationIterations = o.ValidationIterations ?? options.ValidationIterations,
            Seed = o.Seed ?? Begun?.Seed ?? options.Seed,
            InitialLearningRate = o.LearningRate ?? options.InitialLearningRate,
            Devices = Job.Devices,
        };
        options.Validate();
        return options;
    }
}
