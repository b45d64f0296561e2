using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>plot-overlay-pngs</c>: the most telling slice of each training case with its labels.</summary>
internal sealed class PlotOverlayPngsVerb : JobVerb
{
    private readonly Option<string> _dataset = new("-d") { HelpName = "ID", Description = "data set, by number or full name", Required = true };
    private readonly Option<string> _output = new("-o") { HelpName = "DIR", Description = "pictures go here", Required = true };
    private readonly Option<bool> _raw = new("--use_raw") { Description = "raw cases (default: preprocessed ones)" };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string?> _configuration = new("-c") { HelpName = "NAME", Description = "configuration (default: 3d_fullres, or 2d where there is none)" };
    private readonly Option<int> _channel = new("-channel_idx") { HelpName = "N", Description = "channel of the image, from 0" };
    private readonly Option<double> _intensity = new("-overlay_intensity") { HelpName = "X", Description = "how strongly labels show", DefaultValueFactory = _ => 0.6 };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");

    public PlotOverlayPngsVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "plot-overlay-pngs", "Draw a slice of each training case with its labels.")
    {
        foreach (var option in new Option[] { _dataset, _output, _raw, _plans, _configuration, _channel, _intensity, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (dataset, output) = (DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset)), Path.GetFullPath(given.GetRequiredValue(_output)));
        var (channel, intensity) = (given.GetValue(_channel), given.GetValue(_intensity));
        if (channel < 0) throw new UsageException($"-channel_idx {channel} is not allowed; give 0 or more");
        if (!(double.IsFinite(intensity) && intensity >= 0)) throw new UsageException(FormattableString.Invariant($"-overlay_intensity {intensity} is not allowed; give 0 or more"));
        var plans = given.GetValue(_raw) ? null : given.GetRequiredValue(_plans);
        var job = new PlotOverlaysJob(paths, dataset, output, plans, given.GetValue(_configuration), channel, intensity, PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest($"plot-overlay-pngs of {dataset} into {output}", [job]);
    }
}
