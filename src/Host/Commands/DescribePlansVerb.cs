using System.CommandLine;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Planning;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>describe plans</c>: why each value of the plans came out as it did.</summary>
internal sealed class DescribePlansVerb : Command
{
    private readonly Option<string> _dataset = new("-d") { HelpName = "ID", Description = "data set, by number or full name", Required = true };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "name of the plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string?> _configuration = new("-c") { HelpName = "NAME", Description = "one configuration (default: all)" };
    private readonly Option<double?> _memory = new("-gpu_memory_target") { HelpName = "GB", Description = "as it was given to the planner" };
    private readonly Option<double[]> _spacing = PlannerFlags.TargetSpacing("as it was given to the planner");

    public DescribePlansVerb(HostServices host, SharedFlags flags)
        : base("plans", "Why each value of the plans came out as it did: the rule, and the numbers it met.")
    {
        foreach (var option in new Option[] { _dataset, _plans, _configuration, _memory, _spacing }) Add(option);
        SetAction(given =>
        {
            var paths = flags.Paths(given, host);
            var folder = paths.PreprocessedFolder(DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset)));
            var file = Path.Combine(folder, $"{given.GetRequiredValue(_plans)}.json");
            if (!File.Exists(file)) throw new DataException(file, "is not there", "run plan-experiment first, or name other plans with -p");
            var options = new PlannerOptions(given.GetValue(_memory), null, SmallNetwork: false) { OverwriteTargetSpacing = PlannerFlags.SpacingFrom(given, _spacing) };
            var values = PlanExplanation.Of(
                Plans.Load(file), DatasetJson.Load(Path.Combine(folder, "dataset.json")), DatasetFingerprint.Load(Path.Combine(folder, "dataset_fingerprint.json")), options);
            if (given.GetValue(_configuration) is { } only)
                values = values.Any(v => v.Configuration == only) ? [.. values.Where(v => v.Configuration == only)]
                    : throw new UsageException($"-c {only} is not in {file}; there are {string.Join(", ", values.Select(v => v.Configuration).Where(c => c.Length > 0).Distinct())}");
            ReportWriter.Write(PlansReport.Of(file, values), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }
}
