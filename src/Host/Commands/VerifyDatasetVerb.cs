using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>verify-dataset</c>: looks at every case of raw data sets, as <c>--verify_dataset_integrity</c> does, and tells of each.</summary>
internal sealed class VerifyDatasetVerb : JobVerb
{
    private readonly Option<string[]> _datasets = PlanningFlags.Datasets();
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases checked");
    private readonly Option<bool> _fix =
        new("--fix") { Description = "give label maps and further channels their image's geometry where only rounding noise parts them" };
    private readonly Option<bool> _noBar = PlanningFlags.NoBar();

    public VerifyDatasetVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "verify-dataset", "Check every case of raw data sets.")
    {
        foreach (var option in new Option[] { _datasets, _fix, _workers, _noBar }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (datasets, workers) = (PlanningFlags.Names(given.GetValue(_datasets), paths), PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest(
            $"verify-dataset {string.Join(' ', datasets)}", [.. datasets.Select(dataset => new VerifyJob(paths, dataset, workers, given.GetValue(_fix)))])
        {
            Report = (results, _) => VerifyReport.Of([.. results.OfType<VerifyResult>()]),
            ShowProgress = !given.GetValue(_noBar),
        };
    }
}
