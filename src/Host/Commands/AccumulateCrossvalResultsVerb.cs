using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>accumulate-crossval-results</c>: brings the validation predictions of a model's folds together and scores them.</summary>
internal sealed class AccumulateCrossvalResultsVerb : JobVerb
{
    private readonly Argument<string> _dataset = SelectionFlags.Dataset();
    private readonly Option<string> _configuration = new("-c") { HelpName = "NAME", Description = "configuration", Required = true };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer", DefaultValueFactory = _ => "nnUNetTrainer" };
    private readonly Option<int[]> _folds = SelectionFlags.Folds();
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");
    private readonly Option<string?> _output =
        new("-o") { HelpName = "DIR", Description = "an empty or new folder (default: crossval_results_folds_... beside the folds, which is made anew)" };

    public AccumulateCrossvalResultsVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "accumulate-crossval-results", "Bring the validation predictions of a model's folds together and score them.")
    {
        Add(_dataset);
        foreach (var option in new Option[] { _configuration, _output, _folds, _plans, _trainer, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var dataset = DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset));
        var model = new ModelName(given.GetRequiredValue(_trainer), given.GetRequiredValue(_plans), given.GetRequiredValue(_configuration));
        _ = paths.ResultsFolder(dataset); // its absence is told of at once
        var job = new AccumulateJob(
            paths, dataset, model, SelectionFlags.FoldsFrom(given, _folds), DeterminePostprocessingVerb.PathOf(given, _output), PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest($"accumulate-crossval-results {dataset} {model}, folds {string.Join(' ', job.Folds)}", [job]);
    }
}
