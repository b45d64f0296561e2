using ActorSeg.Actors;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using Akka.Configuration;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>A phantom data set, planned with a small network and preprocessed, once for all tests of a class.</summary>
public sealed class PhantomFolder : IAsyncLifetime
{
    public const string Dataset = "Dataset901_Phantom";

    private readonly TemporaryFolder _folder = new();

    public string Raw => _folder.File("raw");

    public string Preprocessed => _folder.File("preprocessed");

    public string NewResults() => _folder.File($"results-{Guid.NewGuid():N}");

    /// <summary>A folder that is planned for and holds no cases yet.</summary>
    public string NewPreprocessed()
    {
        var folder = _folder.File($"preprocessed-{Guid.NewGuid():N}");
        Directory.CreateDirectory(Path.Combine(folder, Dataset));
        foreach (var file in Directory.GetFiles(Path.Combine(Preprocessed, Dataset), "*.json")) File.Copy(file, Path.Combine(folder, Dataset, Path.GetFileName(file)));
        return folder;
    }

    public async Task InitializeAsync()
    {
        var paths = new DatasetPaths(Raw, Preprocessed, null);
        await using var node = ActorSegNode.Start(await Config());
        await node.Run(
            [
                new PhantomJob(paths, Dataset, TrainingCases: 6, TestCases: 1, Seed: 3), new FingerprintJob(paths, Dataset, 0, false, false),
                new PlanJob(paths, Dataset, "ExperimentPlanner", new PlannerOptions(null, null, SmallNetwork: true)),
                new PreprocessJob(paths, Dataset, "nnUNetPlans", ["3d_fullres"], 0),
            ],
            _ => { }, CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    public string[] Preprocess(string preprocessed, params string[] more) =>
        ["preprocess", "-d", "901", "-c", "3d_fullres", "--raw", Raw, "--preprocessed", preprocessed, .. more];

    public static string CaseFolder(string preprocessed) => Path.Combine(preprocessed, Dataset, "nnUNetPlans_3d_fullres");

    internal ActorSegProcess Train(string results, params string[] more) => new(TrainArguments(results, epochs: 3, more));

    internal string[] TrainArguments(string results, int epochs, params string[] more) =>
    [
        "train", "901", "3d_fullres", "0", "--epochs", $"{epochs}", "--iterations", "5", "--val-iterations", "1", "--batch-size", "2", "-device", "cpu",
        "--raw", Raw, "--preprocessed", Preprocessed, "--results", results, .. more,
    ];

    /// <summary>The same training within this process, for what needs none of its own.</summary>
    internal async Task<List<JobEvent>> TrainHere(string results, int epochs = 3, bool fresh = false, double? learningRate = null, string? preprocessed = null)
    {
        var events = new List<JobEvent>();
        var job = new TrainJob(
            new DatasetPaths(Raw, preprocessed ?? Preprocessed, results), Dataset, "3d_fullres", new Fold(0), "nnUNetTrainer", "nnUNetPlans",
            new TrainingOverrides(epochs, 5, 1, 2, null) { LearningRate = learningRate }, fresh, "cpu");
        await using var node = ActorSegNode.Start(await Config());
        await node.Run([job], e => { lock (events) events.Add(e); }, CancellationToken.None);
        return events;
    }

    private static async Task<Config> Config() =>
        ConfigurationFactory.ParseString(await File.ReadAllTextAsync(Path.Combine(TestPaths.Repository, "config", "akka.hocon"))).WithFallback(ConfigurationFactory.Default());

    /// <summary>The final checkpoint of a training.</summary>
    public static string Final(string results) => Path.Combine(FoldFolder(results), CheckpointSet.Final);

    /// <summary>All figures of its epochs, a line each.</summary>
    public static IEnumerable<string> Curve(string results) => CheckpointFile.ReadHeader(Final(results)).History.Select(e =>
        FormattableString.Invariant($"{e.Epoch} {e.LearningRate:R} {e.TrainLoss:R} {e.ValidationLoss:R} {string.Join(' ', e.DicePerClass)} {e.EmaForegroundDice:R}"));

    public static string FoldFolder(string results) => Path.Combine(results, Dataset, "nnUNetTrainer__nnUNetPlans__3d_fullres", "fold_0");
}
