using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Actors.Evaluation;

/// <summary>Scores each predicted label map; at the end writes summary.json. A mean over a part of the cases is not what was asked for, so none is written then.</summary>
internal sealed class EvaluateCases(
    IReadOnlyList<(string Reference, string Prediction)> pairs, IImageReaderWriter reader, LabelSet labels, string output, EvaluationOptions options) : ICaseJob
{
    private readonly Dictionary<CaseId, (string Reference, string Prediction)> _pairs = pairs.ToDictionary(p => new CaseId(Path.GetFileName(p.Prediction)));

    public string Stage => "evaluate";

    public IReadOnlyList<CaseId> Cases { get; } = [.. pairs.Select(p => new CaseId(Path.GetFileName(p.Prediction)))];

    public long PeakBytes(CaseId id) => FolderEvaluation.PeakBytes(reader.ReadHeader(_pairs[id].Prediction).Shape.Voxels, options);

    public object? Do(CaseId id, CancellationToken stop) => FolderEvaluation.ScoreCase(_pairs[id].Reference, _pairs[id].Prediction, reader, labels, options, stop);

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        if (quarantined.Count > 0) throw CaseFailures.Of(_pairs[quarantined[0].Case].Prediction, quarantined, "no summary was written; correct or remove it");
        var summary = new EvaluationSummary([.. Cases.Select(id => (CaseMetrics)results[id]!)], labels);
        summary.Save(output);
        return EvaluateResult.Of(output, summary);
    }
}
