using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Postprocessing;

namespace ActorSeg.Actors.Evaluation;

/// <summary>Postprocesses each label map of a folder into another.</summary>
/// <param name="files">Label maps.</param>
/// <param name="output">Folder, which exists and is another.</param>
/// <param name="reader">Of label maps.</param>
/// <param name="steps">In order.</param>
internal sealed class PostprocessCases(IReadOnlyList<string> files, string output, IImageReaderWriter reader, IReadOnlyList<PostprocessingStep> steps) : ICaseJob
{
    private readonly Dictionary<CaseId, string> _files = files.ToDictionary(file => new CaseId(Path.GetFileName(file)));

    public string Stage => "postprocess";

    public IReadOnlyList<CaseId> Cases { get; } = [.. files.Select(file => new CaseId(Path.GetFileName(file)))];

    public long PeakBytes(CaseId id) => FolderPostprocessing.PeakBytes(reader.ReadHeader(_files[id]).Shape.Voxels);

    public object? Do(CaseId id, CancellationToken stop) =>
        Writing.Into(output, () => FolderPostprocessing.Apply(_files[id], Path.Combine(output, id.Value), reader, steps));

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined) => results.Count > 0
        ? new LabelMapsResult(output, results.Count, quarantined) { Changed = results.Values.Count(removed => removed is > 0L) }
        : throw CaseFailures.Of(_files[quarantined[0].Case], quarantined, "nothing was written");
}
