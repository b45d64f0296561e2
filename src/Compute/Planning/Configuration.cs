using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Planning;

/// <summary>A resampling function named in the plans with its arguments (spec 02 section 2.2, 03 section 5).</summary>
/// <param name="Function"><c>resample_data_or_seg_to_shape</c>, <c>resample_torch_fornnunet</c> or <c>no_resampling_hack</c>.</param>
/// <param name="IsSegmentation">Labels, each resampled as a mask.</param>
/// <param name="Order">Spline order in plane (0, 1 or 3).</param>
/// <param name="OrderZ">Spline order across slices where z is separate.</param>
/// <param name="ForceSeparateZ">null decides from the spacings.</param>
public sealed record ResamplingSpec(string Function, bool IsSegmentation, int Order, int OrderZ, bool? ForceSeparateZ)
{
    /// <summary>Spacings whose largest is more than so many times the smallest are anisotropic.</summary>
    public double SeparateZThreshold { get; init; } = 3;

    /// <summary>The torch function alone: a label needs more than half of the weight, instead of the most.</summary>
    public bool MemoryEfficientLabels { get; init; }
}

/// <summary>One configuration of the plans, inheritance resolved (spec 02 sections 4.7 and 7). All axes in transposed order.</summary>
public sealed record Configuration
{
    private readonly ArchitectureSpec? _unet;

    /// <summary><c>2d</c>, <c>3d_fullres</c>, ...</summary>
    public required string Name { get; init; }

    /// <summary>The folder of its preprocessed cases.</summary>
    public required string DataIdentifier { get; init; }

    /// <summary>Samples a batch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Network input, 2 or 3 axes.</summary>
    public required IReadOnlyList<int> PatchSize { get; init; }

    /// <summary>Target spacing in mm, 2 or 3 axes; 2d leaves the slice axis as it is.</summary>
    public required IReadOnlyList<double> Spacing { get; init; }

    /// <summary>Class name of each channel's normalisation, such as <c>ZScoreNormalization</c>.</summary>
    public required IReadOnlyList<string> NormalizationSchemes { get; init; }

    /// <summary>Whether each channel's normalisation looks only at the non-zero region.</summary>
    public required IReadOnlyList<bool> UseMaskForNorm { get; init; }

    /// <summary>Class name of the preprocessor.</summary>
    public string PreprocessorName { get; init; } = "DefaultPreprocessor";

    /// <summary>How images are resampled.</summary>
    public required ResamplingSpec ResampleData { get; init; }

    /// <summary>How label maps are resampled.</summary>
    public required ResamplingSpec ResampleLabels { get; init; }

    /// <summary>How logits are resampled back.</summary>
    public required ResamplingSpec ResampleProbabilities { get; init; }

    /// <summary>The network, where it is a U-Net.</summary>
    /// <exception cref="DataException">It is a transformer.</exception>
    public ArchitectureSpec Architecture
    {
        get => _unet ?? throw new DataException("plans", $"describe a transformer for {Name}, which this trainer does not train", "give -tr PretrainedTrainer_Primusx, or plan again");
        init => _unet = value;
    }

    /// <summary>The network, where it is a transformer; null for U-Nets.</summary>
    public PrimusSpec? Primus { get; init; }

    /// <summary>The network's class, without its module.</summary>
    public string NetworkClass => Primus is null ? Architecture.ClassName : nameof(Primus);

    /// <summary>Whether Dice is computed over the batch as one.</summary>
    public required bool BatchDice { get; init; }

    /// <summary>The cascade stage before this one; null when none.</summary>
    public string? PreviousStage { get; init; }

    /// <summary>The cascade stages after this one.</summary>
    public IReadOnlyList<string> NextStages { get; init; } = [];

    /// <summary>Whether the network is two-dimensional.</summary>
    public bool Is2D => PatchSize.Count == 2;
}

/// <summary>Foreground intensities of one channel over the data set (spec 02 section 1.2).</summary>
public sealed record IntensityProperties(double Mean, double Median, double Std, double Min, double Max, double Percentile005, double Percentile995);

/// <summary>
/// Experiment plans: nnU-Net's <c>nnUNetPlans.json</c>. The JSON is kept whole, so that keys unknown here survive a round trip.
/// </summary>
public sealed partial class Plans
{
    /// <summary>The plans as they are in the file.</summary>
    public required JsonObject Source { get; init; }

    /// <summary><c>DatasetXXX_Name</c>.</summary>
    public required string DatasetName { get; init; }

    /// <summary><c>nnUNetPlans</c>, ...; names the results folder.</summary>
    public required string PlansName { get; init; }

    /// <summary>Class name of the reader, such as <c>SimpleITKIO</c>.</summary>
    public required string ImageReaderWriter { get; init; }

    /// <summary>Axis i of preprocessed data is axis <c>TransposeForward[i]</c> of the reader's array.</summary>
    public required IReadOnlyList<int> TransposeForward { get; init; }

    /// <summary>The inverse permutation.</summary>
    public required IReadOnlyList<int> TransposeBackward { get; init; }

    /// <summary>Configurations by name, inheritance resolved, in file order.</summary>
    public required IReadOnlyDictionary<string, Configuration> Configurations { get; init; }

    /// <summary>Foreground intensities, channel 0 first.</summary>
    public required IReadOnlyList<IntensityProperties> Intensities { get; init; }
}
