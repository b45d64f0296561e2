using System.CommandLine;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>preprocess</c>: makes the cases of configurations that are planned.</summary>
internal sealed class PreprocessVerb : JobVerb
{
    private readonly Option<string[]> _datasets = PlanningFlags.Datasets();
    private readonly Option<string> _plans = new("-plans_name") { HelpName = "NAME", Description = "which plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string[]> _configurations = PlanningFlags.Configurations();
    private readonly Option<int[]> _workers = PlanningFlags.WorkersPerConfiguration();
    private readonly Option<bool> _fresh = PlanningFlags.Fresh();
    private readonly Option<bool> _noBar = PlanningFlags.NoBar();

    public PreprocessVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "preprocess", "Crop, normalise and resample the cases of planned configurations.")
    {
        foreach (var option in new Option[] { _datasets, _plans, _configurations, _workers, _fresh, _noBar, PlanningFlags.Verbose() }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var datasets = PlanningFlags.Names(given.GetValue(_datasets), paths);
        var jobs = datasets.SelectMany(dataset =>
            PlanningFlags.Preprocess(paths, dataset, given.GetRequiredValue(_plans), given.GetValue(_configurations), given.GetValue(_workers), given.GetValue(_fresh)));
        return new JobRequest($"preprocess {string.Join(' ', datasets)}", [.. jobs]) { ShowProgress = !given.GetValue(_noBar) };
    }
}
