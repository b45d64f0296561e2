using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>evaluate-folder</c>: scores label maps of a data set against references.</summary>
internal sealed class EvaluateFolderVerb : JobVerb
{
    private readonly EvaluationFlags _evaluation = new();
    private readonly Option<string> _dataset = new("-djfile") { HelpName = "FILE", Description = "dataset.json", Required = true };
    private readonly Option<string> _plans = new("-pfile") { HelpName = "FILE", Description = "plans.json", Required = true };

    public EvaluateFolderVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "evaluate-folder", "Score label maps of a data set against references.")
    {
        foreach (var argument in _evaluation.Arguments) Add(argument);
        foreach (var option in new Option[] { _dataset, _plans }.Concat(_evaluation.Options)) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (reference, prediction) = (_evaluation.Reference(given), _evaluation.Prediction(given));
        var (dataset, plans) = (Path.GetFullPath(given.GetRequiredValue(_dataset)), Path.GetFullPath(given.GetRequiredValue(_plans)));
        var job = new EvaluateJob(paths, reference, prediction, dataset, plans, _evaluation.Output(given), _evaluation.Chill(given))
        {
            SurfaceTolerance = _evaluation.Tolerance(given),
            Workers = _evaluation.Workers(given),
        };
        return new JobRequest($"evaluate-folder {prediction} against {reference}", [job]);
    }
}
