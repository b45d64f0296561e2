using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Bench.Training;

/// <summary>nnU-Net's 3d_fullres configuration of its Hippocampus data set, and batches of noise of its size.</summary>
internal static class Hippocampus
{
    public static readonly int[] Features = [32, 64, 128, 256];

    public const int Heads = 3;

    private static readonly int[] Patch = [40, 56, 40], Three = [3, 3, 3], Two = [2, 2, 2], One = [1, 1, 1];

    public static Configuration Configuration(int batchSize)
    {
        var resampling = new ResamplingSpec("no_resampling_hack", false, 3, 0, null);
        return new Configuration
        {
            Name = "3d_fullres",
            DataIdentifier = "nnUNetPlans_3d_fullres",
            BatchSize = batchSize,
            PatchSize = Patch,
            Spacing = [1, 1, 1],
            NormalizationSchemes = ["ZScoreNormalization"],
            UseMaskForNorm = [false],
            ResampleData = resampling,
            ResampleLabels = resampling,
            ResampleProbabilities = resampling,
            BatchDice = true,
            Architecture = new ArchitectureSpec
            {
                NetworkClassName = ArchitectureSpec.PlainConvUNet,
                Dimensions = 3,
                FeaturesPerStage = Features,
                KernelSizes = [Three, Three, Three, Three],
                Strides = [One, Two, Two, Two],
                EncoderCounts = [2, 2, 2, 2],
                DecoderCounts = [2, 2, 2],
            },
        };
    }

    public static LabelSet Labels => new()
    {
        Named = [],
        All = [0, 1, 2],
        Ignore = null,
        HasRegions = false,
        ForegroundClasses = [new LabelClass([1], false), new LabelClass([2], false)],
        RegionsClassOrder = [],
    };

    /// <summary>Noise, and labels that depend on it, so that there is something to learn.</summary>
    /// <param name="size">Samples.</param>
    /// <param name="times">What each axis of the patch is multiplied by.</param>
    public static Batch Batch(int size, int times = 1)
    {
        using var scope = NewDisposeScope();
        var data = randn([size, 1, .. Patch.Select(p => (long)p * times)], generator: new Generator(7));
        var full = (data > 0.5).to(ScalarType.Int16) + (data > 1.5).to(ScalarType.Int16);
        Tensor[] targets = [full, Halved(full), Halved(Halved(full))];
        foreach (var tensor in targets) tensor.DetachFromDisposeScope();
        return new Batch(default, data.DetachFromDisposeScope(), targets, []);
    }

    private static Tensor Halved(Tensor labels) => labels[.., .., TensorIndex.Slice(0, null, 2), TensorIndex.Slice(0, null, 2), TensorIndex.Slice(0, null, 2)].contiguous();
}
