using System.CommandLine;
using System.Globalization;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>demo</c>: the whole pipeline on made-up volumes, with a network and a schedule a CPU masters in a minute or two.</summary>
internal sealed class DemoVerb : JobVerb
{
    private const string Dataset =
        "Dataset900_Phantom", Plans = "nnUNetPlans", Configuration = "3d_fullres", Trainer = "nnUNetTrainer", Checkpoint = "checkpoint_final.pth";
    private const int TrainingCases = 12, TestCases = 3;
    private const ulong Seed = 900;

    // Short enough for two processors, long enough that both organs are found well in volumes never seen.
    private static readonly TrainingOverrides Schedule = new(Epochs: 10, Iterations: 25, ValidationIterations: 4, BatchSize: 2, Seed);

    private readonly Option<string?> _folder =
        new("--folder") { HelpName = "DIR", Description = "where everything goes; a demo stopped there goes on (default: a new folder under ./runs)" };
    private readonly Option<string?> _device = DeviceFlag.Create();

    public DemoVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "demo", "Make a small data set, then measure, plan, preprocess, train, predict and evaluate it.")
    {
        Add(_folder);
        Add(_device);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var folder = given.GetValue(_folder) is { } named ? Path.GetFullPath(named) : NewFolder();
        var roots = new DatasetPaths(Path.Combine(folder, "nnUNet_raw"), Path.Combine(folder, "nnUNet_preprocessed"), Path.Combine(folder, "nnUNet_results"));
        var (overlay, device) = (Path.Combine(folder, "overlay.png"), Devices.Choose(given.GetValue(_device), Host));

        // dataset.json is the last file a phantom data set gets: where it is, the data set is whole.
        var phantoms = new PhantomJob(roots, Dataset, TrainingCases, TestCases, Seed);
        var made = File.Exists(Path.Combine(roots.RawFolder(Dataset), "dataset.json"));
        return new JobRequest($"demo in {folder}", [.. made ? [] : new Job[] { phantoms }, .. Jobs(roots, folder, overlay, device)])
        {
            Report = (results, time) => DemoReport.Of(results, folder, overlay, time),
        };
    }

    private static IEnumerable<Job> Jobs(DatasetPaths roots, string folder, string overlay, string device)
    {
        var (raw, model) = (roots.RawFolder(Dataset), roots.ModelFolder(Dataset, Trainer, Plans, Configuration));
        var (images, references, predictions) = (Path.Combine(raw, "imagesTs"), Path.Combine(raw, "labelsTs"), Path.Combine(folder, "predictions"));
        var shown = $"phantom_{TrainingCases.ToString("000", CultureInfo.InvariantCulture)}";
        yield return new FingerprintJob(roots, Dataset, Workers: 0, Clean: false, VerifyIntegrity: true);
        yield return new PlanJob(roots, Dataset, "ExperimentPlanner", GpuMemoryTargetGb: null, Plans, SmallNetwork: true);
        yield return new PreprocessJob(roots, Dataset, Plans, [Configuration], Workers: 0);
        yield return new TrainJob(roots, Dataset, Configuration, new Fold(0), Trainer, Plans, Schedule, Fresh: false, device);
        yield return new PredictJob(roots, model, images, predictions, [new Fold(0)], Checkpoint, StepSize: 0.5, Mirroring: true, SkipExisting: false, device);
        var plans = Path.Combine(roots.PreprocessedFolder(Dataset), $"{Plans}.json");
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
