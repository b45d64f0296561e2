using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>extract-fingerprint</c>: measures raw data sets.</summary>
internal sealed class ExtractFingerprintVerb : JobVerb
{
    private readonly Option<string[]> _datasets = PlanningFlags.Datasets();
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases measured");
    private readonly Option<string> _extractor = PlanningFlags.OnlyDefault("-fpe", PlanningFlags.Extractor);
    private readonly Option<bool> _verify = PlanningFlags.Verify();
    private readonly Option<bool> _clean = PlanningFlags.Clean();
    private readonly Option<bool> _noBar = PlanningFlags.NoBar();

    public ExtractFingerprintVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "extract-fingerprint", "Measure shapes, spacings and intensities of raw data sets.")
    {
        foreach (var option in new Option[] { _datasets, _workers, _verify, _clean, _noBar, PlanningFlags.Verbose(), _extractor }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        PlanningFlags.RequireDefault(given, _extractor, PlanningFlags.Extractor);
        var (datasets, workers) = (PlanningFlags.Names(given.GetValue(_datasets), paths), PlanningFlags.WorkersFrom(given, _workers));
        var jobs = datasets.Select(dataset => new FingerprintJob(paths, dataset, workers, given.GetValue(_clean), given.GetValue(_verify)));
        return new JobRequest($"extract-fingerprint {string.Join(' ', datasets)}", [.. jobs]) { ShowProgress = !given.GetValue(_noBar) };
    }
}
