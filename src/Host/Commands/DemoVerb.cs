using System.CommandLine;
using System.Globalization;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>demo</c>: the whole pipeline on made-up volumes, with a network and a schedule a CPU masters in a minute or two.</summary>
internal sealed class DemoVerb : JobVerb
{
    private const string Phantoms = "Dataset900_Phantom", Plans = "nnUNetPlans", Configuration = "3d_fullres";
    private const string Trainer = "nnUNetTrainer", Checkpoint = "checkpoint_final.pth";
    private const int TrainingCases = 12, TestCases = 3;
    private const ulong DefaultSeed = 900;

    // Short enough for two processors, long enough that both organs are found well in volumes never seen.
    private static readonly TrainingOverrides Schedule = new(Epochs: 16, Iterations: 25, ValidationIterations: 4, BatchSize: 2, Seed: DefaultSeed);

    private readonly Option<string?> _folder =
        new("--folder") { HelpName = "DIR", Description = "where everything goes; a demo stopped there goes on (default: a new folder under ./runs)" };
    private readonly Option<ulong> _seed =
        new("--seed") { HelpName = "N", Description = "volumes and training follow from it", DefaultValueFactory = _ => DefaultSeed };
    private readonly Option<string?> _device = DeviceFlag.Create();

    public DemoVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "demo", "Make a small data set, then measure, plan, preprocess, train, predict and evaluate it.")
    {
        Add(_folder);
        Add(_seed);
        Add(_device);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var folder = given.GetValue(_folder) is { } named ? Path.GetFullPath(named) : NewFolder();
        var roots = new DatasetPaths(Path.Combine(folder, "nnUNet_raw"), Path.Combine(folder, "nnUNet_preprocessed"), Path.Combine(folder, "nnUNet_results"));
        var (overlay, device, seed) = (Path.Combine(folder, "overlay.png"), Devices.Choose(given.GetValue(_device), Host), given.GetValue(_seed));
        var dataset = seed == DefaultSeed ? Phantoms : string.Create(CultureInfo.InvariantCulture, $"{Phantoms}Seed{seed}");
        CheckNoOther(roots.Raw!, dataset, folder);

        // dataset.json is the last file a phantom data set gets: where it is, the data set is whole.
        var phantoms = new PhantomJob(roots, dataset, TrainingCases, TestCases, seed);
        var made = File.Exists(Path.Combine(roots.RawFolder(dataset), "dataset.json"));
        return new JobRequest($"demo in {folder}", [.. made ? [] : new Job[] { phantoms }, .. Jobs(roots, dataset, folder, overlay, seed, device)])
        {
            Report = (results, time) => DemoReport.Of(results, folder, overlay, time),
        };
    }

    // Volumes of one seed under a training of another would follow from neither.
    private static void CheckNoOther(string raw, string dataset, string folder)
    {
        if (!Directory.Exists(raw) || Directory.EnumerateDirectories(raw, $"{Phantoms}*").All(found => Path.GetFileName(found) == dataset)) return;
        throw new UsageException($"{folder} holds a demo of another --seed; give that one, or another --folder");
    }

    private static IEnumerable<Job> Jobs(DatasetPaths roots, string dataset, string folder, string overlay, ulong seed, string device)
    {
        var (raw, model) = (roots.RawFolder(dataset), roots.ModelFolder(dataset, Trainer, Plans, Configuration));
        var (images, references, predictions) = (Path.Combine(raw, "imagesTs"), Path.Combine(raw, "labelsTs"), Path.Combine(folder, "predictions"));
        var shown = $"phantom_{TrainingCases.ToString("000", CultureInfo.InvariantCulture)}";
        yield return new FingerprintJob(roots, dataset, Workers: 0, Clean: false, VerifyIntegrity: true);
        yield return new PlanJob(roots, dataset, "ExperimentPlanner", new PlannerOptions(null, Plans, SmallNetwork: true));
        yield return new PreprocessJob(roots, dataset, Plans, [Configuration], Workers: 0);
        yield return new TrainJob(roots, dataset, Configuration, new Fold(0), Trainer, Plans, Schedule with { Seed = seed }, Fresh: false, device);
        yield return new PredictJob(roots, model, images, predictions, [new Fold(0)], Checkpoint, StepSize: 0.5, Mirroring: true, SkipExisting: false, device);
        var plans = Path.Combine(roots.PreprocessedFolder(dataset), $"{Plans}.json");
        yield return new EvaluateJob(roots, references, predictions, Path.Combine(raw, "dataset.json"), plans, Output: null, Chill: false);
        var labels = $"{shown}.nii.gz";
        yield return new OverlayJob(
            roots, Path.Combine(images, $"{shown}_0000.nii.gz"), Path.Combine(references, labels), Path.Combine(predictions, labels), overlay);
    }

    private string NewFolder()
    {
        var stamp = Host.Time.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return Path.GetFullPath(Path.Combine("runs", $"demo-{stamp}-{Environment.ProcessId}"));
    }
}
