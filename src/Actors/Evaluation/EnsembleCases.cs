using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Actors.Evaluation;

/// <summary>Averages the probabilities of each case and writes its labels. Case files are whole or not there; the others go on where one fails.</summary>
/// <param name="inputs">Cases with their files.</param>
/// <param name="output">Folder, which exists.</param>
/// <param name="dataset">Labels and file ending.</param>
/// <param name="writer">Of label maps.</param>
/// <param name="saveProbabilities">Also keep the averages.</param>
internal sealed class EnsembleCases(IReadOnlyList<EnsembleInput> inputs, string output, DatasetJson dataset, IImageReaderWriter writer, bool saveProbabilities) : ICaseJob
{
    private readonly Dictionary<CaseId, EnsembleInput> _inputs = inputs.ToDictionary(i => i.Case);

    public string Stage => "ensemble";

    public IReadOnlyList<CaseId> Cases { get; } = [.. inputs.Select(i => i.Case)];

    public long PeakBytes(CaseId id) => Ensembling.PeakBytes(_inputs[id].Files);

    public object? Do(CaseId id, CancellationToken stop)
    {
        var target = Path.Combine(output, id.Value + dataset.FileEnding);
        _ = Writing.Into(output, () => Ensembling.MakeCase(_inputs[id].Files, dataset.Labels, writer, target, dataset.FileEnding, saveProbabilities, stop));
        return null;
    }

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined) => results.Count > 0
        ? new LabelMapsResult(output, results.Count, quarantined)
        : throw CaseFailures.Of(_inputs[quarantined[0].Case].Files[0], quarantined, "nothing was written");
}
