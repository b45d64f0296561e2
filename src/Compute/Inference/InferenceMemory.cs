using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Inference;

/// <summary>What prediction holds, in bytes.</summary>
public static class InferenceMemory
{
    /// <summary>
    /// The activations of one view: at full resolution the skip, what it is joined with and their copy side by side, input and output of a convolution and
    /// oneDNN's copies of both in its own order. Measured on nnU-Net's plain networks: 9 times the first stage's feature maps in 3D, 11 in 2D (bench/Inference).
    /// </summary>
    /// <param name="network">Features and strides.</param>
    /// <param name="patch">Network input.</param>
    public static long View(ArchitectureSpec network, IReadOnlyList<int> patch)
    {
        const int Copies = 11;
        long bytes = 0;
        var voxels = patch.Aggregate(1.0, (product, extent) => product * extent);
        for (var stage = 0; stage < network.Stages; stage++)
        {
            voxels /= network.Strides[stage].Aggregate(1.0, (product, stride) => product * stride);
            bytes = Math.Max(bytes, (long)(Copies * sizeof(float) * voxels * network.FeaturesPerStage[stage]));
        }

        return bytes;
    }

    /// <summary>As above, for whatever network the plans describe.</summary>
    /// <param name="configuration">Network and patch.</param>
    /// <param name="heads">Outputs.</param>
    public static long View(Configuration configuration, int heads) =>
        configuration.Primus is { } primus ? View(primus, configuration.PatchSize, heads) : View(configuration.Architecture, configuration.PatchSize);

    // A block's attention of every token to every other, or the decoder's largest grid; each with what goes in, comes out and is copied on the way.
    private static long View(PrimusSpec primus, IReadOnlyList<int> patch, int heads)
    {
        const int Copies = 4, Halvings = 3;
        var voxels = patch.Aggregate(1.0, (product, extent) => product * extent);
        var tokens = voxels / Math.Pow(PrimusSpec.TokenSize, patch.Count);
        var attention = tokens * ((tokens * primus.AttentionHeads) + ((double)Copies * primus.Width));
        var channels = PatchDecoder.Channels(primus.Width, heads);
        var grids = Enumerable.Range(0, Halvings + 1).Max(i => voxels / Math.Pow(1 << (Halvings - i), patch.Count) * channels[i]);
        return (long)(sizeof(float) * Math.Max(attention, Copies * grids));
    }

    /// <summary>A case on its way through prediction: the most it holds in any one stage, for it is only ever in one.</summary>
    /// <param name="model">Channels, heads, patch, number of folds.</param>
    /// <param name="options">In which numbers tiles are summed.</param>
    /// <param name="preparing">What reading and preparing it holds.</param>
    /// <param name="original">The image's extent.</param>
    /// <param name="prepared">The network's grid.</param>
    /// <param name="probabilities">Whether they are written.</param>
    public static long Case(TrainedModel model, PredictorOptions options, long preparing, VolumeShape original, VolumeShape prepared, bool probabilities)
    {
        var logits = Logits.Bytes(model.Heads, prepared);
        var sumBytes = options.Sums == SumPrecision.Fp16 ? 2 : 4;
        var predicting = (sizeof(float) * prepared.Voxels * model.InputChannels) + Tiles(prepared, model.Configuration.PatchSize, model.InputChannels, model.Heads, sumBytes)
            + (model.Folds.Count > 1 ? 2 * logits : 0);
        return Math.Max(Math.Max(preparing, predicting), logits + Export(original, model.Heads, probabilities));
    }

    /// <summary>The padded image and the sums of its tiles, of one fold.</summary>
    /// <param name="shape">Of the preprocessed case.</param>
    /// <param name="patch">Network input.</param>
    /// <param name="channels">Network input.</param>
    /// <param name="heads">Network outputs.</param>
    /// <param name="sumBytes">Of one sum: 2 or 4.</param>
    public static long Tiles(VolumeShape shape, IReadOnlyList<int> patch, int channels, int heads, int sumBytes)
    {
        int[] extents = shape.ToArray();
        for (var axis = 0; axis < patch.Count; axis++) extents[3 - patch.Count + axis] = Math.Max(extents[3 - patch.Count + axis], patch[axis]);
        var padded = (long)extents[0] * extents[1] * extents[2];
        var isPadded = padded != shape.Voxels;
        return (isPadded ? padded * channels * sizeof(float) : 0) + (padded * sumBytes * (heads + 1)) + (isPadded || sumBytes > 2 ? Logits.Bytes(heads, shape) : 0);
    }

    /// <summary>Exporting a case, its logits not counted: labels in two forms, and for probabilities the softmax's two numbers a voxel, one head and a plane of all heads.</summary>
    /// <param name="original">The image's extent.</param>
    /// <param name="heads">Network outputs.</param>
    /// <param name="probabilities">Whether they are written.</param>
    public static long Export(VolumeShape original, int heads, bool probabilities)
    {
        const int Labels = 5;
        var plane = (long)original.Y * original.X;
        return (original.Voxels * (Labels + (probabilities ? 3L * sizeof(float) : 0))) + (plane * sizeof(float) * (probabilities ? heads + 4 : 6));
    }
}
