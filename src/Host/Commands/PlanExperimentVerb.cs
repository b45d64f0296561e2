using System.CommandLine;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>plan-experiment</c>: plans from fingerprints.</summary>
internal sealed class PlanExperimentVerb : JobVerb
{
    private readonly Option<string[]> _datasets = PlanningFlags.Datasets();
    private readonly PlannerFlags _planning;

    public PlanExperimentVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "plan-experiment", "Plan spacings, patches and networks from fingerprints.")
    {
        _planning = new PlannerFlags(host);
        Add(_datasets);
        foreach (var option in _planning.All) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var datasets = PlanningFlags.Names(given.GetValue(_datasets), paths);
        return new JobRequest($"plan-experiment {string.Join(' ', datasets)}", [.. datasets.Select(dataset => _planning.Job(given, paths, dataset))]) { Notes = _planning.Notes };
    }
}
