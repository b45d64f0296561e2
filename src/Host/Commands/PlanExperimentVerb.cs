using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>plan-experiment</c>: plans from fingerprints.</summary>
internal sealed class PlanExperimentVerb : JobVerb
{
    private readonly Option<string[]> _datasets = PlanningFlags.Datasets();
    private readonly Option<string> _planner = PlanningFlags.Planner();
    private readonly Option<double?> _memory = PlanningFlags.MemoryTarget();
    private readonly Option<string?> _plans = PlanningFlags.PlansName();
    private readonly Option<string> _preprocessor = PlanningFlags.OnlyDefault("-preprocessor_name", PlanningFlags.Preprocessor);

    public PlanExperimentVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "plan-experiment", "Plan spacings, patches and networks from fingerprints.")
    {
        foreach (var option in new Option[] { _datasets, _planner, _memory, _plans, _preprocessor }) Add(option);
        Refuse("-overwrite_target_spacing", "the target spacing follows from the fingerprint");
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        PlanningFlags.RequireDefault(given, _preprocessor, PlanningFlags.Preprocessor);
        var datasets = PlanningFlags.Names(given.GetValue(_datasets), paths);
        var jobs = datasets.Select(dataset => new PlanJob(paths, dataset, given.GetRequiredValue(_planner), given.GetValue(_memory), given.GetValue(_plans)));
        return new JobRequest($"plan-experiment {string.Join(' ', datasets)}", [.. jobs]);
    }
}
