using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Evaluation;

/// <summary>Cases made or read, and scored. Stays among the stages of a job.</summary>
/// <param name="What">Names it among the job's results.</param>
/// <param name="Folder">Of the label maps.</param>
/// <param name="Summary">null where nothing could be scored, or an earlier run's file tells the mean.</param>
/// <param name="MeanDice">Over the foreground classes.</param>
/// <param name="Quarantined">Cases that failed.</param>
internal sealed record ScoredCases(string What, string Folder, EvaluationSummary? Summary, double MeanDice, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;

/// <summary>How one case is made and scored.</summary>
/// <param name="Case">Its name.</param>
/// <param name="File">Named where it fails.</param>
/// <param name="PeakBytes">The most bytes it holds.</param>
/// <param name="Do">Given the folder that is being made, does the case.</param>
internal sealed record ScoredCase(CaseId Case, string File, Func<long> PeakBytes, Func<string, CancellationToken, CaseMetrics> Do);

/// <summary>Makes a folder of label maps with its summary.json, or scores what would be in it without making one.</summary>
/// <param name="what">Names it among the job's results.</param>
/// <param name="stage">Named in progress.</param>
/// <param name="cases">Sorted.</param>
/// <param name="labels">The classes.</param>
/// <param name="folder">The folder; null makes none.</param>
internal sealed class ScoreCases(string what, string stage, IReadOnlyList<ScoredCase> cases, LabelSet labels, WholeFolder? folder) : ICaseJob, IDisposable
{
    private readonly Dictionary<CaseId, ScoredCase> _cases = cases.ToDictionary(c => c.Case);

    public string Stage => stage;

    public IReadOnlyList<CaseId> Cases { get; } = [.. cases.Select(c => c.Case)];

    public long PeakBytes(CaseId id) => _cases[id].PeakBytes();

    public object? Do(CaseId id, CancellationToken stop) => Writing.Into(folder?.Target ?? "", () => _cases[id].Do(folder?.Making ?? "", stop));

    /// <inheritdoc/>
    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
    {
        if (results.Count == 0) throw CaseFailures.Of(_cases[quarantined[0].Case].File, quarantined, "nothing was written");
        // The folder is named as it will be.
        var scored = Cases.Where(results.ContainsKey).Select(id => (CaseMetrics)results[id]!)
            .Select(c => folder is null ? c : c with { PredictionFile = Path.Combine(folder.Target, Path.GetFileName(c.PredictionFile)) });
        var summary = new EvaluationSummary([.. scored], labels);
        if (folder is not null)
        {
            summary.Save(Path.Combine(folder.Making, "summary.json"));
            folder.Finish();
        }

        return new ScoredCases(what, folder?.Target ?? "", summary, summary.MeanDice, quarantined);
    }

    public void Dispose() => folder?.Dispose();
}
