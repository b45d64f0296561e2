using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>run</c>: a whole experiment, from the raw data set to the best model and its predictions.</summary>
internal sealed class RunVerb : JobVerb
{
    private readonly Option<string> _dataset = new("-d") { HelpName = "ID", Description = "the data set, by number or full name", Required = true };
    private readonly Option<string[]> _configurations = SelectionFlags.Names("-c", "configurations", "2d", "3d_fullres", "3d_lowres", "3d_cascade_fullres");
    private readonly Option<string[]> _folds = SelectionFlags.Names("-f", "folds, or all", "0", "1", "2", "3", "4");
    private readonly Option<string> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer", DefaultValueFactory = _ => TrainerCatalog.DefaultName };
    private readonly Option<string> _planner = new("-pl") { HelpName = "CLASS", Description = "planner", DefaultValueFactory = _ => "ExperimentPlanner" };
    private readonly Option<string?> _plans = new("-overwrite_plans_name") { HelpName = "NAME", Description = "name of the plans (default: the planner's own); those that are there are kept" };
    private readonly Option<string?> _images = new("--test-images") { HelpName = "DIR", Description = "images that the best model predicts in the end" };
    private readonly Option<string?> _labels = new("--test-labels") { HelpName = "DIR", Description = "their references, to score the predictions with" };
    private readonly Option<string?> _output = new("-o") { HelpName = "DIR", Description = "predictions (default: predictions in the data set's folder of results)" };
    private readonly Option<bool> _single = new("--disable_ensembling") { Description = "compare single models only" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");
    private readonly Option<string?> _device = DeviceFlag.Create();
    private readonly ScheduleFlags _schedule = new();

    public RunVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "run", "Do a whole experiment: plan, preprocess, train every fold, find the best, predict. The same command goes on where it stopped.")
    {
        Option[] own = [_dataset, _configurations, _folds, _images, _labels, _output, _trainer, _planner, _plans, _single, _workers, _device];
        foreach (var option in own.Concat(_schedule.All)) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var dataset = DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset));
        _ = (paths.RawFolder(dataset), paths.PreprocessedFolder(dataset)); // their absence is told of at once
        var folds = given.GetRequiredValue(_folds).Select(Fold.Parse).ToList();
        if (folds.Distinct().Count() != folds.Count || (folds.Count > 1 && folds.Contains(Fold.All)))
            throw new UsageException($"-f {string.Join(' ', folds)} is not allowed; give each fold once, or all alone");
        var (images, labels) = (Folder(given, _images), Folder(given, _labels));
        if (labels is not null && images is null) throw new UsageException("--test-labels are references of --test-images; give these too");
        var (options, notes) = _schedule.From(given, Host);
        var job = new WholeExperimentJob(paths, dataset, [.. given.GetRequiredValue(_configurations).Distinct()], folds, Devices.Choose(given.GetValue(_device), Host))
        {
            Trainer = Flags.Trainer(given.GetRequiredValue(_trainer), given, Host),
            Planner = given.GetRequiredValue(_planner),
            Planning = new PlannerOptions(null, given.GetValue(_plans), SmallNetwork: false) { BatchSize = BatchSizeVariable.Of(Host) },
            Options = options,
            Ensembling = !given.GetValue(_single),
            TestImages = images,
            TestLabels = labels,
            Output = given.GetValue(_output) is { } output ? Path.GetFullPath(output) : Path.Combine(paths.ResultsFolder(dataset), "predictions"),
            Workers = PlanningFlags.WorkersFrom(given, _workers),
        };
        return new JobRequest($"run {dataset}: {string.Join(' ', job.Configurations)}, folds {string.Join(' ', folds)}", [job])
        {
            Notes = notes,
            Report = (results, time) => ExperimentReport.Of((WholeExperimentResult)results[0], time),
        };
    }

    private static string? Folder(ParseResult given, Option<string?> flag)
    {
        if (given.GetValue(flag) is not { } folder) return null;
        return Directory.Exists(folder) ? Path.GetFullPath(folder) : throw new DataException(Path.GetFullPath(folder), "is not there", $"give {flag.Name} another folder");
    }
}
