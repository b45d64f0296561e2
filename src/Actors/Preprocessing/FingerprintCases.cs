using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>Measures each case; at the end writes dataset_fingerprint.json.</summary>
internal sealed class FingerprintCases(FingerprintJob job, RawDataset dataset, IImageReaderWriter reader) : ICaseJob
{
    private readonly Dictionary<CaseId, (int Index, RawCase Case)> _cases = dataset.Cases.Index().ToDictionary(c => c.Item.Id);

    public static string FileOf(FingerprintJob job) => Path.Combine(job.Paths.PreprocessedFolder(job.Dataset), "dataset_fingerprint.json");

    public string Stage => "fingerprint";

    public IReadOnlyList<CaseId> Cases { get; } = [.. dataset.Cases.Select(c => c.Id)];

    // Image, label map and non-zero mask with its flood, and the samples of each channel.
    public long PeakBytes(CaseId id)
    {
        var (shape, _) = reader.ReadHeader(_cases[id].Case.Images[0]);
        return shape.Voxels * ((8L * dataset.Json.ChannelNames.Count) + 16);
    }

    public object? Do(CaseId id, CancellationToken stop) =>
        FingerprintExtractor.Measure(_cases[id].Case, _cases[id].Index, reader, dataset.Json.Labels, FingerprintExtractor.SamplesPerCase(Cases.Count));

    // A fingerprint of some of the cases would silently give other plans: one case that cannot be measured fails the job, and its sentence is the cause.
    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        if (quarantined.Count > 0)
            throw new DataException(dataset.Folder, $"{quarantined.Count} of {Cases.Count} cases cannot be measured, first {quarantined[0].Case}: {quarantined[0].Cause}",
                "correct them or take them out of the data set");
        var file = FileOf(job);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        FingerprintExtractor.Aggregate([.. Cases.Select(id => (CaseMeasurement)results[id]!)]).Save(file);
        return new FingerprintResult(file, Cases.Count, AlreadyThere: false);
    }
}
