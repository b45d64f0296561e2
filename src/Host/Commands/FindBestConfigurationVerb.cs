using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>find-best-configuration</c>: the best model or pair of models of a data set, its postprocessing, and how to predict with it.</summary>
internal sealed class FindBestConfigurationVerb : JobVerb
{
    private readonly Argument<string> _dataset = SelectionFlags.Dataset();
    private readonly Option<string[]> _plans = SelectionFlags.Names("-p", "plans", "nnUNetPlans");
    private readonly Option<string[]> _configurations = SelectionFlags.Names("-c", "configurations", "2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres");
    private readonly Option<string[]> _trainers = SelectionFlags.Names("-tr", "trainers", "nnUNetTrainer");
    private readonly Option<int[]> _folds = SelectionFlags.Folds();
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");
    private readonly Option<bool> _single = new("--disable_ensembling") { Description = "compare single models only" };
    private readonly Option<bool> _reuse = new("--no_overwrite") { Description = "use what an earlier call collected and averaged" };

    public FindBestConfigurationVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "find-best-configuration", "Find the best model or ensemble of a data set by cross-validation, and its postprocessing.")
    {
        Add(_dataset);
        foreach (var option in new Option[] { _configurations, _plans, _trainers, _folds, _single, _reuse, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var dataset = DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset));
        _ = (paths.ResultsFolder(dataset), paths.PreprocessedFolder(dataset)); // their absence is told of at once
        var models = ModelSelection.Candidates(given.GetRequiredValue(_trainers), given.GetRequiredValue(_configurations), given.GetRequiredValue(_plans));
        var job = new FindBestJob(
            paths, dataset, models, SelectionFlags.FoldsFrom(given, _folds), !given.GetValue(_single), !given.GetValue(_reuse), PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest($"find-best-configuration {dataset}, folds {string.Join(' ', job.Folds)}", [job])
        {
            Report = (results, _) => SelectionReport.Of((FindBestResult)results[0]),
        };
    }
}
