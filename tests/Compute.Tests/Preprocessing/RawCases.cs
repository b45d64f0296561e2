using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Tests.Preprocessing;

/// <summary>A small raw data set with its plans, to be made into stored cases.</summary>
internal sealed class RawCases : IDisposable
{
    private const string Name = "Dataset902_Cases";

    private readonly TemporaryFolder _folder = new();

    public RawCases(int cases = 2)
    {
        PhantomDataset.Create(_folder.File("raw"), Name, cases, 0, 5);
        Dataset = RawDataset.Open(_folder.File("raw", Name));
        Reader = ImageReaderWriters.Choose(Dataset.Json, Dataset.Cases[0].Images[0]);
        var fingerprint = FingerprintExtractor.Aggregate([.. Dataset.Cases.Select((c, i) => FingerprintExtractor.Measure(c, i, Reader, Dataset.Json.Labels, 1000))]);
        Plans = ExperimentPlanner.Plan(Name, Dataset.Json, fingerprint, Reader.Name, "ExperimentPlanner", new PlannerOptions(null, null, SmallNetwork: true));
    }

    public RawDataset Dataset { get; }

    public IImageReaderWriter Reader { get; }

    public Plans Plans { get; }

    public CaseId First => Dataset.Cases[0].Id;

    public string Folder(string configuration = "3d_fullres") => _folder.File("preprocessed", configuration);

    public CaseRecipe Recipe(string configuration = "3d_fullres") => new(Plans, Plans.Configurations[configuration], Dataset.Json.Labels);

    public CaseBuilder Builder(params string[] configurations) =>
        new(Dataset, Reader, (configurations.Length == 0 ? ["3d_fullres"] : configurations).Select(c => (Folder(c), Recipe(c))));

    /// <summary>Name and content of all files of a configuration.</summary>
    public SortedDictionary<string, byte[]> Files(string configuration = "3d_fullres") =>
        new(Directory.GetFiles(Folder(configuration)).ToDictionary(file => Path.GetFileName(file)!, File.ReadAllBytes), StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();
}
