using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>plan-and-preprocess</c>: fingerprint, plans and preprocessed cases in one command.</summary>
internal sealed class PlanAndPreprocessVerb : JobVerb
{
    private readonly Option<string[]> _datasets = PlanningFlags.Datasets();
    private readonly Option<string> _extractor = PlanningFlags.OnlyDefault("-fpe", PlanningFlags.Extractor);
    private readonly Option<int?> _fingerprintWorkers = PlanningFlags.Workers("-npfp", "cases measured");
    private readonly Option<bool> _verify = PlanningFlags.Verify();
    private readonly Option<bool> _clean = PlanningFlags.Clean();
    private readonly Option<bool> _planOnly = new("--no_pp") { Description = "plan, do not preprocess" };
    private readonly PlannerFlags _planning;
    private readonly Option<string[]> _configurations = PlanningFlags.Configurations();
    private readonly Option<int[]> _workers = PlanningFlags.WorkersPerConfiguration();
    private readonly Option<bool> _fresh = PlanningFlags.Fresh();
    private readonly Option<bool> _noBar = PlanningFlags.NoBar();

    public PlanAndPreprocessVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "plan-and-preprocess", "Measure, plan and preprocess raw data sets.")
    {
        _planning = new PlannerFlags(host);
        Option[] own = [_fingerprintWorkers, _workers, _verify, _clean, _planOnly, _fresh, _noBar, PlanningFlags.Verbose(), _extractor];
        foreach (var option in (IEnumerable<Option>)[_datasets, _configurations, .. _planning.All, .. own]) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        PlanningFlags.RequireDefault(given, _extractor, PlanningFlags.Extractor);
        var (datasets, workers) = (PlanningFlags.Names(given.GetValue(_datasets), paths), PlanningFlags.WorkersFrom(given, _fingerprintWorkers));
        IEnumerable<PreprocessJob> Cases(string plans) =>
            datasets.SelectMany(dataset => PlanningFlags.Preprocess(paths, dataset, plans, given.GetValue(_configurations), given.GetValue(_workers), given.GetValue(_fresh)));
        _ = Cases("").ToArray(); // a wrong -np is told of before anything is measured

        // As nnU-Net does it: all fingerprints, all plans, then the cases, with the name the planner gave.
        var jobs = datasets.Select(Job (dataset) => new FingerprintJob(paths, dataset, workers, given.GetValue(_clean), given.GetValue(_verify)))
            .Concat(datasets.Select(dataset => _planning.Job(given, paths, dataset)));
        return new JobRequest($"plan-and-preprocess {string.Join(' ', datasets)}", [.. jobs])
        {
            Then = given.GetValue(_planOnly) ? null : results => [.. Cases(results.OfType<PlanResult>().Last().PlansName)],
            Notes = _planning.Notes,
            ShowProgress = !given.GetValue(_noBar),
        };
    }
}
