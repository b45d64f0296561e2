using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Actors.Evaluation;

/// <summary>Measures and draws each prediction of a folder; at the end writes the page.</summary>
internal sealed class QualityCases(IReadOnlyList<QualityInput> inputs, IImageReaderWriter reader, LabelSet labels, string title, string output) : ICaseJob
{
    private readonly Dictionary<CaseId, QualityInput> _inputs = inputs.ToDictionary(i => i.Case);

    public string Stage => "qc";

    public IReadOnlyList<CaseId> Cases { get; } = [.. inputs.Select(i => i.Case)];

    public long PeakBytes(CaseId id) => QualityCase.PeakBytes(reader.ReadHeader(_inputs[id].Prediction).Shape.Voxels);

    public object? Do(CaseId id, CancellationToken stop) => QualityCase.Look(_inputs[id], reader, labels);

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        if (results.Count == 0) throw CaseFailures.Of(_inputs[quarantined[0].Case].Prediction, quarantined, "no report was written");
        var cases = Cases.Where(results.ContainsKey).Select(id => (QualityCase)results[id]!).ToList();
        var reasons = Outliers.Find(cases, labels);
        QualityReport.Save(output, QualityReport.Html(title, cases, reasons, labels, [.. quarantined.Select(q => (q.Case.Value, q.Cause))]));
        var flagged = cases.Zip(reasons, (found, why) => new FlaggedCase(found.Input.Case, why)).Where(f => f.Reasons.Count > 0);
        return new QualityResult(output, cases.Count, [.. flagged], quarantined);
    }
}
