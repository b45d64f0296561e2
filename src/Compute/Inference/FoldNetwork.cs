using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Networks;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// The network of a model with the weights of the fold at hand. When memory runs out it does less at once, tells so, and begins the case again. Used from one
/// thread.
/// </summary>
public sealed class FoldNetwork : IDisposable
{
    private readonly TrainedModel _model;
    private readonly WindowSettings _settings;
    private readonly ISegmentationNetwork _network;
    private readonly SlidingWindow _window;
    private readonly Action<string> _told;
    private WindowEffort _effort;
    private int _loaded = -1;

    /// <param name="model">Plans and weights.</param>
    /// <param name="options">Step, mirroring, precision, device.</param>
    /// <param name="told">Told in a sentence when less is done at once.</param>
    /// <exception cref="DataException">The network cannot be built, or a fold's weights are not its.</exception>
    /// <exception cref="UsageException">An option is not allowed.</exception>
    public FoldNetwork(TrainedModel model, PredictorOptions options, Action<string> told)
    {
        (_model, _told) = (model, told);
        _settings = options.WindowFor(model);
        _window = new SlidingWindow(_settings);
        var view = InferenceMemory.View(model.Configuration, model.Heads);
        var effort = options.Effort ?? WindowEffort.For(_settings, view, options.ActivationBytes, get_num_threads());
        _effort = effort with { SumsOnDevice = effort.SumsOnDevice && options.SumOnDevice };
        _network = model.BuildNetwork();
        _network.Precision = options.Precision;
        try
        {
            _network.To(_settings.Device);
            // Tells at once when weights are of other plans, not after the first case was read.
            Use(0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Logits (heads, axes of the preprocessed case) by one fold, the caller's to dispose.</summary>
    /// <param name="image">Network input, (channels, axes).</param>
    /// <param name="fold">Index into the model's folds.</param>
    /// <param name="progress">Told after each tile.</param>
    /// <param name="stop">Looked at between batches.</param>
    /// <exception cref="DataException">The outputs are not numbers.</exception>
    /// <exception cref="ResourceException">There is not enough memory for this case, or a sum left the range of half precision.</exception>
    public Logits Predict(Volume<float> image, int fold, IProgress<(int Done, int Tiles)>? progress, CancellationToken stop)
    {
        if (image.Channels != _model.InputChannels)
            throw new DataException("image", $"has {image.Channels} channels where the network takes {_model.InputChannels}", "give the channels of dataset.json");
        Use(fold);
        var effort = _effort;
        var logits = EffortFallback.Predict(ref effort, e => _window.Predict(image, _network.Forward, e, progress, stop), $"an image of {image.Shape} voxels at the planned spacing", _told);
        // Smaller batches stay so for the cases after this one; sums go back to the device, for the next case may be smaller.
        _effort = effort with { SumsOnDevice = _effort.SumsOnDevice };
        try
        {
            FiniteLogits.Require(logits, _settings.Sums, _model.Folds[fold].Source);
            return logits;
        }
        catch
        {
            logits.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _window.Dispose();
        _network.Dispose();
    }

    private void Use(int fold)
    {
        if (_loaded == fold) return;
        _network.Load(_model.Folds[fold].State, _model.Folds[fold].Source);
        _loaded = fold;
    }
}
