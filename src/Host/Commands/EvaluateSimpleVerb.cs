using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>evaluate-simple</c>: scores label maps of which no data set tells.</summary>
internal sealed class EvaluateSimpleVerb : JobVerb
{
    private readonly EvaluationFlags _evaluation = new();
    private readonly Option<int?> _ignore = new("-il") { HelpName = "LABEL", Description = "reference voxels of this label do not count" };
    private readonly Option<int[]> _labels = new("-l")
    {
        HelpName = "LABEL",
        Description = "labels to score",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public EvaluateSimpleVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "evaluate-simple", "Score label maps against references, for the labels given.")
    {
        foreach (var argument in _evaluation.Arguments) Add(argument);
        foreach (var option in new Option[] { _labels, _ignore }.Concat(_evaluation.Options)) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (reference, prediction, labels) = (_evaluation.Reference(given), _evaluation.Prediction(given), given.GetRequiredValue(_labels));
        if (labels.Distinct().Count() != labels.Length) throw new UsageException($"-l {string.Join(' ', labels)} names a label twice");
        if (labels.All(label => label == 0)) throw new UsageException("-l 0 is background, which has no mean; name a label besides it");
        var job = new EvaluateSimpleJob(paths, reference, prediction, labels, given.GetValue(_ignore), _evaluation.Output(given), _evaluation.Chill(given))
        {
            SurfaceTolerance = _evaluation.Tolerance(given),
            Workers = _evaluation.Workers(given),
        };
        return new JobRequest($"evaluate-simple {prediction} against {reference}", [job]);
    }
}
