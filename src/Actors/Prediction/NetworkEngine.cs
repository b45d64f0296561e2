using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>One fold's weights and where they came from.</summary>
internal sealed record FoldWeights(IReadOnlyList<NamedTensor> Weights, string Source);

/// <summary>The predictor's network: one, with the weights of the fold at hand.</summary>
internal sealed class NetworkEngine : IPredictionEngine
{
    private readonly ISegmentationNetwork _network;
    private readonly SlidingWindow _window;
    private readonly IReadOnlyList<FoldWeights> _folds;
    private int _loaded = -1;

    public NetworkEngine(Configuration configuration, DatasetJson dataset, IReadOnlyList<FoldWeights> folds, IReadOnlyList<int>? mirrorAxes, double stepSize, string device)
    {
        _folds = folds;
        _window = new SlidingWindow(configuration.PatchSize, stepSize, gaussian: true, mirrorAxes, dataset.Labels.Heads, device);
        _network = NetworkRecipe.Default.Build(configuration, dataset.ChannelNames.Count, dataset.Labels.Heads, seed: 0);
        _network.To(device);
    }

    public Volume<float> Predict(PreprocessedCase loaded, int fold, CancellationToken stop)
    {
        if (_loaded != fold)
        {
            _network.Load(_folds[fold].Weights, _folds[fold].Source);
            _loaded = fold;
        }

        return _window.Predict(loaded.Data, _network.Forward, null, stop);
    }

    public void Dispose() => _network.Dispose();
}

/// <summary>What a prediction job holds at most, by construction of its pipeline.</summary>
internal static class PredictionMemory
{
    /// <summary>
    /// Two loaded cases (one waiting, one predicted), sums and weights in half precision, four sets of logits (predicted, waiting, summed, exported), and the
    /// exporter's head, best value and labels on the image's grid.
    /// </summary>
    public static long Bytes(VolumeShape preprocessed, VolumeShape original, int channels, int heads, int folds) =>
        (preprocessed.Voxels * ((8L * channels) + (2L * (heads + 1)) + (4L * heads * (folds > 1 ? 4 : 3)))) + (original.Voxels * 14L);
}
