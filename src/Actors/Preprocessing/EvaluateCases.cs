using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Actors.Preprocessing;

/// <summary>Scores each predicted label map; at the end writes summary.json.</summary>
internal sealed class EvaluateCases(IReadOnlyList<(string Reference, string Prediction)> pairs, IImageReaderWriter reader, LabelSet labels, string output) : ICaseJob
{
    private readonly Dictionary<CaseId, (string Reference, string Prediction)> _pairs = pairs.ToDictionary(p => new CaseId(Path.GetFileName(p.Prediction)));

    public string Stage => "evaluate";

    public IReadOnlyList<CaseId> Cases { get; } = [.. pairs.Select(p => new CaseId(Path.GetFileName(p.Prediction)))];

    public long PeakBytes(CaseId id) => 2 * sizeof(float) * reader.ReadHeader(_pairs[id].Prediction).Shape.Voxels;

    public object? Do(CaseId id, CancellationToken stop) => FolderEvaluation.ScoreCase(_pairs[id].Reference, _pairs[id].Prediction, reader, labels);

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        if (quarantined.Count > 0) throw new DataException(_pairs[quarantined[0].Case].Prediction, $"cannot be scored: {quarantined[0].Cause}", "correct or remove it");
        var summary = new EvaluationSummary([.. Cases.Select(id => (CaseMetrics)results[id]!)], labels);
        summary.Save(output);
        return new EvaluateResult(output, Cases.Count, summary.DiceByName, summary.MeanDice);
    }
}
