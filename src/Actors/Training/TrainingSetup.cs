using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>Everything on disk that a training of one fold is made from.</summary>
/// <param name="Job">What was asked.</param>
/// <param name="Plans">Of the data set.</param>
/// <param name="Configuration">To train.</param>
/// <param name="Dataset">dataset.json as the planner copied it.</param>
/// <param name="Store">The preprocessed cases.</param>
/// <param name="Split">The fold's cases.</param>
/// <param name="Options">nnU-Net's values with the trial's changes.</param>
/// <param name="Device">Resolved.</param>
internal sealed record TrainingSetup(
    TrainJob Job, Plans Plans, Configuration Configuration, DatasetJson Dataset, ICaseStore Store, Split Split, TrainingOptions Options, string Device)
{
    private const string KnownTrainer = "nnUNetTrainer";

    public string ModelFolder => Job.Paths.ModelFolder(Job.Dataset, Job.Trainer, Plans.PlansName, Job.Configuration);

    public string FoldFolder => Path.Combine(ModelFolder, Job.Fold.FolderName);

    public string ReferenceFolder => Path.Combine(Job.Paths.PreprocessedFolder(Job.Dataset), "gt_segmentations");

    public int InputChannels => Dataset.ChannelNames.Count;

    /// <summary>What the unfinished run in the fold's folder says of itself; null where there is none to go on with.</summary>
    private CheckpointExtra? Begun { get; init; }

    public IReadOnlyList<int> MirrorAxes => AugmentationSettings.For(Configuration).MirrorAxes;

    /// <summary>Reads plans, dataset.json and splits, and checks that they fit the job.</summary>
    /// <param name="job">What was asked.</param>
    /// <param name="repairing">Makes of the folder's cases a store that repairs them; null leaves damage to be told of.</param>
    public static TrainingSetup Load(TrainJob job, Func<CaseStore, ICaseStore>? repairing = null)
    {
        if (job.Trainer != KnownTrainer) throw new UsageException($"-tr {job.Trainer} is not known; give {KnownTrainer}");
        var device = Devices.Resolve(job.Device);
        var folder = job.Paths.PreprocessedFolder(job.Dataset);
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", $"run plan-and-preprocess for {job.Dataset} first");
        var plans = Plans.Load(Path.Combine(folder, $"{job.PlansName}.json"));
        if (!plans.Configurations.TryGetValue(job.Configuration, out var configuration))
            throw new UsageException($"configuration '{job.Configuration}' is not in {job.PlansName}; it has {string.Join(", ", plans.Configurations.Keys)}");
        if (configuration.PreviousStage is not null) throw new UsageException($"configuration '{job.Configuration}' needs the stage before it, and cascades cannot be trained yet");
        var dataset = DatasetJson.Load(Path.Combine(folder, "dataset.json"));
        if (job.Regions is { } regions) RegionSelection.Require(dataset, regions);
        var store = new CaseStore(Path.Combine(folder, configuration.DataIdentifier));
        if (store.Cases.Count == 0)
            throw new DataException(
                store.Folder, CaseFolder.HasBlosc(store.Folder) ? "holds cases in Blosc2 files, which are not read here" : "holds no preprocessed cases",
                $"run preprocess -c {job.Configuration} first");
        var split = CrossValidation.LoadOrCreate(folder, store.Cases, job.Fold);
        var setup = new TrainingSetup(job, plans, configuration, dataset, repairing?.Invoke(store) ?? store, split, new TrainingOptions { BatchSize = configuration.BatchSize }, device);
        setup = setup with { Begun = !job.Fresh && Directory.Exists(setup.FoldFolder) ? CheckpointFile.FindNewest(setup.FoldFolder).Checkpoint?.Extra : null };
        return setup with { Options = setup.ChosenOptions() };
    }

    /// <summary>The same, to be computed in the precision wished for (null: auto), and why it is this one.</summary>
    public (TrainingSetup Setup, PrecisionChoice Precision) In(Precision? wish)
    {
        Precision? begunIn = null;
        if (Begun is { } begun && !PrecisionChoice.TryParse(begun.Precision, out begunIn))
            throw new DataException(FoldFolder, $"holds a training in the precision '{begun.Precision}', which is not known here", "go on with the ActorSeg that began it");
        var choice = PrecisionChoice.For(wish, begunIn, Device, PrecisionChoice.ProcessorHasBf16);
        return (this with { Options = Options with { Precision = choice.Precision } }, choice);
    }

    /// <summary>Removes what an earlier training left, so that nothing goes on from it.</summary>
    public void StartAfresh()
    {
        foreach (var name in CheckpointSet.SearchOrder) File.Delete(Path.Combine(FoldFolder, name));
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
        };
        options.Validate();
        return options;
    }
}
