using System.CommandLine;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>predict-from-modelfolder</c>: segments images with the model in a folder.</summary>
internal sealed class PredictFromModelFolderVerb : JobVerb
{
    private readonly PredictionFlags _prediction = new();
    private readonly Option<string> _model =
        new("-m") { HelpName = "DIR", Description = "the model: the folder with plans.json and fold_0, fold_1, ...", Required = true };

    public PredictFromModelFolderVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "predict-from-modelfolder", "Segment images with the model in a folder.")
    {
        foreach (var option in _prediction.All.Prepend(_model)) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths) =>
        _prediction.Request(given, paths, Path.GetFullPath(given.GetRequiredValue(_model)), (0, 1), variables: false, Host);
}
