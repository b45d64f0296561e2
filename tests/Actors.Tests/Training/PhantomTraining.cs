using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;
using Akka.Configuration;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>A phantom data set, planned with a small network and preprocessed, once for all tests of a class; each test takes a copy of the cases.</summary>
public sealed class PhantomTraining : IAsyncLifetime
{
    private const string Dataset = "Dataset901_Phantom", Configuration = "3d_fullres";

    private readonly TemporaryFolder _folder = new();

    private string Raw => _folder.File("raw");

    private string Preprocessed => _folder.File("preprocessed");

    public async Task InitializeAsync()
    {
        var paths = new DatasetPaths(Raw, Preprocessed, null);
        var settings = await File.ReadAllTextAsync(Path.Combine(TestPaths.Repository, "config", "akka.hocon"));
        await using var node = ActorSegNode.Start(ConfigurationFactory.ParseString(settings).WithFallback(ConfigurationFactory.Default()));
        await node.Run(
            [
                new PhantomJob(paths, Dataset, TrainingCases: 6, TestCases: 1, Seed: 3), new FingerprintJob(paths, Dataset, 0, false, false),
                new PlanJob(paths, Dataset, "ExperimentPlanner", new PlannerOptions(null, null, SmallNetwork: true)),
                new PreprocessJob(paths, Dataset, "nnUNetPlans", [Configuration], 0),
            ],
            _ => { }, CancellationToken.None);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>A training of a copy of its own: 2 epochs of 4 iterations.</summary>
    internal TrainingSetup Setup(Func<CaseStore, ICaseStore>? repairing = null)
    {
        var copy = _folder.File($"copy-{Guid.NewGuid():N}");
        foreach (var file in Directory.GetFiles(Path.Combine(Preprocessed, Dataset), "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(Preprocessed, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        var job = new TrainJob(
            new DatasetPaths(Raw, copy, Path.Combine(copy, "results")), Dataset, Configuration, new Fold(0), "nnUNetTrainer", "nnUNetPlans",
            new TrainingOverrides(2, 4, 1, 2, 7), Fresh: false, "cpu");
        return TrainingSetup.Load(job, repairing: repairing);
    }

    /// <summary>Makes damaged cases again from the phantom's raw files.</summary>
    internal RepairingCaseStore Repairing(CaseStore store, Action<string> told) => new(
        store,
        () =>
        {
            var plans = Plans.Load(Path.Combine(Preprocessed, Dataset, "nnUNetPlans.json"));
            var configuration = plans.Configurations[Configuration];
            var labels = DatasetJson.Load(Path.Combine(Preprocessed, Dataset, "dataset.json")).Labels;
            var recipe = new CaseRecipe(plans, configuration, labels, ActorSeg.Compute.Plugins.PluginSet.None.Preprocessors.Find(configuration.PreprocessorName));
            return new CaseBuilder(RawDataset.Open(Path.Combine(Raw, Dataset)), ImageReaderWriters.ByName(plans.ImageReaderWriter), [(store.Folder, recipe)]);
        },
        told);

    internal static string ArraysOf(TrainingSetup setup, CaseId id) =>
        Path.Combine(setup.Job.Paths.PreprocessedFolder(Dataset), setup.Configuration.DataIdentifier, $"{id}.npz");
}
