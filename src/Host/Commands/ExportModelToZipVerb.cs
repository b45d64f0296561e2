using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Sharing;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>export-model-to-zip</c>: trained models as one file for others.</summary>
internal sealed class ExportModelToZipVerb : JobVerb
{
    private readonly Option<string> _dataset = new("-d") { HelpName = "ID", Description = "data set, by number or full name", Required = true };
    private readonly Option<string> _output = new("-o") { HelpName = "FILE", Description = "the zip", Required = true };
    private readonly Option<string[]> _configurations = SelectionFlags.Names("-c", "configurations", "3d_lowres", "3d_fullres", "2d", "3d_cascade_fullres");
    private readonly Option<string> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer", DefaultValueFactory = _ => "nnUNetTrainer" };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string[]> _folds = SelectionFlags.Names("-f", "folds", "0", "1", "2", "3", "4");
    private readonly Option<string[]> _checkpoints = SelectionFlags.Names("-chk", "checkpoints", "checkpoint_final.pth");
    private readonly Option<bool> _lenient = new("--not_strict") { Description = "leave out configurations and folds that are not there" };
    private readonly Option<bool> _predictions = new("--exp_cv_preds") { Description = "also the predictions of cross-validation" };

    public ExportModelToZipVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "export-model-to-zip", "Pack trained models into a zip that can be installed elsewhere.")
    {
        foreach (var option in new Option[] { _dataset, _output, _configurations, _trainer, _plans, _folds, _checkpoints, _lenient, _predictions }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (dataset, output) = (DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset)), Path.GetFullPath(given.GetRequiredValue(_output)));
        var root = Path.GetDirectoryName(paths.ResultsFolder(dataset))!;
        foreach (var name in given.GetRequiredValue(_checkpoints).Where(name => name != Path.GetFileName(name))) throw new UsageException($"-chk {name} is not the name of a checkpoint");
        var request = new ExportRequest(
            root, dataset, given.GetRequiredValue(_trainer), given.GetRequiredValue(_plans), given.GetRequiredValue(_configurations),
            [.. given.GetRequiredValue(_folds).Select(Fold.Parse)], given.GetRequiredValue(_checkpoints), !given.GetValue(_lenient), given.GetValue(_predictions));
        return new JobRequest($"export-model-to-zip of {dataset}", [new ExportModelJob(paths, request, output)])
        {
            Report = (results, _) => SharingReport.Of((ExportModelResult)results[0]),
        };
    }
}
