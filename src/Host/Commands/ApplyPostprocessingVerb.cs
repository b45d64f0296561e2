using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>apply-postprocessing</c>: does to a folder of predictions what was found to help.</summary>
internal sealed class ApplyPostprocessingVerb : JobVerb
{
    private readonly Option<string> _input = new("-i") { HelpName = "DIR", Description = "predictions", Required = true };
    private readonly Option<string> _output = new("-o") { HelpName = "DIR", Description = "postprocessed label maps go here", Required = true };
    private readonly Option<string> _file =
        new("-pp_pkl_file", "--pp_pkl_file") { HelpName = "FILE", Description = "postprocessing.pkl or postprocessing.json", Required = true };
    private readonly Option<string?> _plans = new("-plans_json") { HelpName = "FILE", Description = "plans.json (default: that of -i)" };
    private readonly Option<string?> _dataset = new("-dataset_json") { HelpName = "FILE", Description = "dataset.json (default: that of -i)" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");

    public ApplyPostprocessingVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "apply-postprocessing", "Postprocess a folder of predictions.")
    {
        foreach (var option in new Option[] { _input, _output, _file, _plans, _dataset, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (input, output) = (Path.GetFullPath(given.GetRequiredValue(_input)), Path.GetFullPath(given.GetRequiredValue(_output)));
        var job = new ApplyPostprocessingJob(
            paths, input, output, Path.GetFullPath(given.GetRequiredValue(_file)), DeterminePostprocessingVerb.PathOf(given, _plans),
            DeterminePostprocessingVerb.PathOf(given, _dataset), PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest($"apply-postprocessing to {input}", [job]);
    }
}
