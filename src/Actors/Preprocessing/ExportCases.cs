using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>Writes each image in another format, or each label map as masks.</summary>
internal sealed class ExportCases : ICaseJob
{
    private readonly ImageExport _export;
    private readonly Dictionary<CaseId, (string File, string Target)> _files;

    /// <exception cref="DataException">There is nothing to convert, or something is in the way.</exception>
    /// <exception cref="UsageException">The format is not known.</exception>
    public ExportCases(ImageExport export)
    {
        _export = export;
        var files = export.Files();
        Cases = [.. files.Select(pair => new CaseId(Path.GetFileName(pair.File)))];
        _files = files.ToDictionary(pair => new CaseId(Path.GetFileName(pair.File)));
    }

    public string Stage => "convert";

    public IReadOnlyList<CaseId> Cases { get; }

    public long PeakBytes(CaseId id) => ImageConversion.PeakBytes(_files[id].File);

    public object? Do(CaseId id, CancellationToken stop) => _export.Do(_files[id].File, _files[id].Target);

    // A single file was asked for by name: its failure is that of the command.
    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        if (results.Count == 0)
        {
            var (file, cause) = (_files[quarantined[0].Case].File, quarantined[0].Cause);
            throw new DataException(file, cause.StartsWith($"{file}: ", StringComparison.Ordinal) ? cause[(file.Length + 2)..] : cause, "nothing was written");
        }

        return new ExportImagesResult([.. Cases.Where(results.ContainsKey).SelectMany(id => (IReadOnlyList<string>)results[id]!)], quarantined);
    }
}
