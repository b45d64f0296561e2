using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>determine-postprocessing</c>: which largest components should be kept, by what it does to Dice.</summary>
internal sealed class DeterminePostprocessingVerb : JobVerb
{
    private readonly Option<string> _input = new("-i") { HelpName = "DIR", Description = "predictions", Required = true };
    private readonly Option<string> _references = new("-ref") { HelpName = "DIR", Description = "their references", Required = true };
    private readonly Option<string?> _plans = new("-plans_json") { HelpName = "FILE", Description = "plans.json (default: that of -i)" };
    private readonly Option<string?> _dataset = new("-dataset_json") { HelpName = "FILE", Description = "dataset.json (default: that of -i)" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");
    private readonly Option<bool> _remove = new("--remove_postprocessed") { Description = "do not keep the postprocessed label maps (else in the folder 'postprocessed' of -i)" };

    public DeterminePostprocessingVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "determine-postprocessing", "Find the postprocessing that helps a folder of predictions.")
    {
        foreach (var option in new Option[] { _input, _references, _plans, _dataset, _remove, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (input, references) = (Path.GetFullPath(given.GetRequiredValue(_input)), Path.GetFullPath(given.GetRequiredValue(_references)));
        var job = new DeterminePostprocessingJob(
            paths, input, references, PathOf(given, _plans), PathOf(given, _dataset), PlanningFlags.WorkersFrom(given, _workers), !given.GetValue(_remove));
        return new JobRequest($"determine-postprocessing of {input} against {references}", [job]);
    }

    internal static string? PathOf(ParseResult given, Option<string?> flag) => given.GetValue(flag) is { } file ? Path.GetFullPath(file) : null;
}
