using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Planning;

/// <summary>What stands between a convolution and its activation.</summary>
public enum NormKind
{
    /// <summary>Over each channel of each sample; the same in training and prediction. nnU-Net's own.</summary>
    Instance,

    /// <summary>Over each channel of the batch in training, by running statistics in prediction.</summary>
    Batch,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>A network as the plans describe it (spec 02 section 4.3, 04 section 8).</summary>
public sealed record ArchitectureSpec
{
    /// <summary>The class of the default plans.</summary>
    public const string PlainConvUNet = nameof(PlainConvUNet);

    /// <summary>The class of the residual presets.</summary>
    public const string ResidualEncoderUNet = nameof(ResidualEncoderUNet);

    /// <summary>Dotted class name; matched on its last component.</summary>
    public required string NetworkClassName { get; init; }

    /// <summary>2 or 3.</summary>
    public required int Dimensions { get; init; }

    /// <summary>Resolutions, the full one included.</summary>
    public int Stages => FeaturesPerStage.Count;

    /// <summary>Feature maps of each stage, full resolution first.</summary>
    public required IReadOnlyList<int> FeaturesPerStage { get; init; }

    /// <summary>Kernel of each stage, one number an axis.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> KernelSizes { get; init; }

    /// <summary>Stride with which each stage begins, one number an axis; the first is all ones.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Strides { get; init; }

    /// <summary>Convolutions (plain) or residual blocks of each encoder stage.</summary>
    public required IReadOnlyList<int> EncoderCounts { get; init; }

    /// <summary>Convolutions of each decoder stage, lowest resolution first.</summary>
    public required IReadOnlyList<int> DecoderCounts { get; init; }

    /// <summary>Whether block convolutions carry a bias.</summary>
    public bool ConvBias { get; init; } = true;

    /// <summary>The normalisation after each convolution.</summary>
    public NormKind Norm { get; init; } = NormKind.Instance;

    /// <summary>Added to the variance that the normalisation divides by.</summary>
    public double NormEps { get; init; } = 1e-5;

    /// <summary>Whether the normalisation has weight and bias.</summary>
    public bool NormAffine { get; init; } = true;

    /// <summary>How much each batch counts in batch norm's running statistics.</summary>
    public double NormMomentum { get; init; } = 0.1;

    /// <summary>Fraction of feature maps dropped after a convolution in training; 0 for none.</summary>
    public double DropoutRate { get; init; }

    /// <summary>What the activation multiplies negative values by; 0 is the plain ReLU.</summary>
    public double LeakySlope { get; init; } = 0.01;

    /// <summary>Feature maps of a residual network's stem; null for those of the first stage.</summary>
    public int? StemChannels { get; init; }

    /// <summary>Whether the encoder is one of residual blocks.</summary>
    public bool Residual => ClassName == ResidualEncoderUNet;

    /// <summary>The last component of <see cref="NetworkClassName"/>: old plans name modules that are no more.</summary>
    public string ClassName => Last(NetworkClassName);

    /// <summary>The <c>architecture</c> object as the plans hold it.</summary>
    public JsonObject? Source { get; init; }

    /// <summary>The last component of a dotted name.</summary>
    internal static string Last(string name) => name[(name.LastIndexOf('.') + 1)..];
}
