using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>Looks at each case of a raw data set. What is wrong in a file is a finding, not an exception, so nothing is tried twice for it.</summary>
/// <param name="job">What is asked for.</param>
/// <param name="dataset">The data set.</param>
/// <param name="problems">Of the data set as a whole.</param>
/// <param name="reader">The data set's reader.</param>
/// <param name="required">Whether a problem fails the job: the check before a fingerprint.</param>
/// <param name="warn">Told each sentence when <paramref name="required"/>; called from any thread.</param>
internal sealed class VerifyCases(
    VerifyJob job, RawDataset dataset, IReadOnlyList<string> problems, IImageReaderWriter reader, bool required, Action<string> warn) : ICaseJob
{
    private readonly Dictionary<CaseId, RawCase> _cases = dataset.Cases.ToDictionary(c => c.Id);

    public string Stage => "verify";

    public IReadOnlyList<CaseId> Cases { get; } = [.. dataset.Cases.Select(c => c.Id)];

    /// <summary>The reader of the first image that can be read: one damaged file must not hide what the others are.</summary>
    /// <exception cref="DataException">No image can be read; the first one's sentence.</exception>
    public static IImageReaderWriter ReaderOf(RawDataset dataset)
    {
        DataException? first = null;
        foreach (var example in dataset.Cases.Select(c => c.Images[0]))
        {
            try
            {
                return ImageReaderWriters.Choose(dataset.Json, example);
            }
            catch (DataException e)
            {
                first ??= e;
            }
        }

        throw first ?? new DataException(dataset.Folder, "holds no case", "add images and label maps");
    }

    // One file at a time, and twice with its bytes while it is written again.
    public long PeakBytes(CaseId id)
    {
        var files = _cases[id].Images.Append(_cases[id].Label!);
        return files.Max(Voxels) * ((job.Fix ? 12L : 4L) * Math.Max(1, dataset.Json.ChannelNames.Count));
    }

    public object? Do(CaseId id, CancellationToken stop)
    {
        var raw = _cases[id];
        var found = DatasetIntegrity.Inspect(raw, reader, dataset.Json, stop);
        if (!job.Fix || found.Noisy.Count == 0) return new VerifiedCase(id, found, []);

        var (done, left) = (new List<string>(), new List<string>());
        foreach (var file in found.Noisy)
        {
            stop.ThrowIfCancellationRequested();
            if (GeometryRepair.Apply(file, file == raw.Label, found.Geometry!, reader) is { } why) left.Add(why);
            else done.Add(file);
        }

        var now = DatasetIntegrity.Inspect(raw, reader, dataset.Json, stop);
        return new VerifiedCase(id, now with { Warnings = [.. now.Warnings, .. left] }, done);
    }

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        var result = new VerifyResult(job.Dataset, problems, [.. Cases.Where(results.ContainsKey).Select(id => (VerifiedCase)results[id]!)], quarantined);
        if (!required) return result;
        foreach (var sentence in result.AllWarnings.Concat(result.AllProblems)) warn(sentence);
        foreach (var lost in quarantined) warn($"{lost.Case}: {lost.Cause}");
        var (first, count) = (result.AllProblems.Concat(quarantined.Select(q => q.Cause)).FirstOrDefault(), result.AllProblems.Count() + quarantined.Count);
        return first is null ? result : throw new DataException(
            dataset.Folder, $"does not pass the integrity check: {count} {(count == 1 ? "problem" : "problems")}, first {first}",
            "correct them; verify-dataset lists them by case");
    }

    // What has no readable header is not read further, and becomes a finding.
    private long Voxels(string file)
    {
        try
        {
            return reader.ReadHeader(file).Shape.Voxels;
        }
        catch (DataException)
        {
            return 0;
        }
    }
}
