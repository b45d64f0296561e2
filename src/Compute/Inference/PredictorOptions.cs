using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Networks;

namespace ActorSeg.Compute.Inference;

/// <summary>How a model predicts. The defaults are nnU-Net's.</summary>
public sealed record PredictorOptions
{
    /// <summary>Tile stride as a fraction of the patch, above 0, at most 1.</summary>
    public double StepSize { get; init; } = 0.5;

    /// <summary>Average the mirrored views that the training allows.</summary>
    public bool Mirroring { get; init; } = true;

    /// <summary>Weight tiles by a Gaussian.</summary>
    public bool Gaussian { get; init; } = true;

    /// <summary>In which numbers tiles are summed.</summary>
    public SumPrecision Sums { get; init; }

    /// <summary>In which numbers the network computes.</summary>
    public Precision Precision { get; init; }

    /// <summary><c>cpu</c> or <c>cuda</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Whether sums lie in the device's memory where it has its own; else on the host.</summary>
    public bool SumOnDevice { get; init; } = true;

    /// <summary>Bytes of activations that may be held at once; one view is always tried.</summary>
    public long ActivationBytes { get; init; } = 4L << 30;

    /// <summary>How much is done at once; null fills the processors.</summary>
    public WindowEffort? Effort { get; init; }

    /// <summary>The window of a model.</summary>
    /// <exception cref="UsageException">A value is not allowed.</exception>
    internal WindowSettings WindowFor(TrainedModel model)
    {
        var settings = new WindowSettings(model.Configuration.PatchSize, model.Heads)
        {
            StepSize = StepSize,
            Gaussian = Gaussian,
            MirrorAxes = Mirroring ? model.MirrorAxes : null,
            Sums = Sums,
            Device = Device,
        };
        settings.Validate();
        return settings;
    }
}
