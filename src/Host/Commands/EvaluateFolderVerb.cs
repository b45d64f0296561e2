using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>evaluate-folder</c>: scores label maps against references.</summary>
internal sealed class EvaluateFolderVerb : JobVerb
{
    private readonly Argument<string> _reference = new("gt_folder") { Description = "reference label maps" };
    private readonly Argument<string> _prediction = new("pred_folder") { Description = "predicted label maps" };
    private readonly Option<string> _dataset = new("-djfile") { HelpName = "FILE", Description = "dataset.json", Required = true };
    private readonly Option<string> _plans = new("-pfile") { HelpName = "FILE", Description = "plans.json", Required = true };
    private readonly Option<string?> _output =
        new("-o") { HelpName = "FILE", Description = "where the summary goes (default: summary.json beside the predictions)" };
    private readonly Option<int?> _workers = new("-np") { Hidden = true };
    private readonly Option<bool> _chill = new("--chill") { Description = "references without a prediction are left out" };

    public EvaluateFolderVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "evaluate-folder", "Score label maps against references.")
    {
        foreach (var argument in new[] { _reference, _prediction }) Add(argument);
        foreach (var option in new Option[] { _dataset, _plans, _output, _chill, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (reference, prediction) = (Path.GetFullPath(given.GetRequiredValue(_reference)), Path.GetFullPath(given.GetRequiredValue(_prediction)));
        var (dataset, plans) = (Path.GetFullPath(given.GetRequiredValue(_dataset)), Path.GetFullPath(given.GetRequiredValue(_plans)));
        var output = given.GetValue(_output) is { } named ? Path.GetFullPath(named) : null;
        var job = new EvaluateJob(paths, reference, prediction, dataset, plans, output, given.GetValue(_chill));
        return new JobRequest($"evaluate-folder {prediction} against {reference}", [job])
        {
            Notes = given.GetValue(_workers) is null ? [] : ["-np has no effect: the node decides how many cases are scored at once"],
        };
    }
}
