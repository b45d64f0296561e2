using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>
/// What training and prediction need of a network, whatever its kind. Weights are float32. Tensors that it hands out belong to the caller. Used from one thread.
/// </summary>
public interface ISegmentationNetwork : IDisposable
{
    /// <summary>Image channels, and in a cascade one more for each foreground label.</summary>
    int InputChannels { get; }

    /// <summary>Output channels: classes or regions.</summary>
    int Heads { get; }

    /// <summary>How many resolutions <see cref="ForwardAll"/> gives: 1 without deep supervision.</summary>
    int Outputs { get; }

    /// <summary>
    /// Null predicts. The key of a batch trains with it: batch norm learns its statistics, and what is dropped at random is a function of this key, so that
    /// a step which is done again after an interruption is the same step to the bit.
    /// </summary>
    BatchKey? Training { get; set; }

    /// <summary>Null keeps all that the backward pass needs. Otherwise most of it is worked out again there, which takes less memory and more time.</summary>
    GradientCheckpointing? Checkpointing { get; set; }

    /// <summary>What convolutions and products compute in. Weights and logits are float32 whichever it is.</summary>
    Precision Precision { get; set; }

    /// <summary>Unique parameters under their first state-dict name, in nnU-Net's optimiser order. They stay this network's.</summary>
    IReadOnlyList<(string Name, Tensor Value)> Parameters { get; }

    /// <summary>State that is no parameter, such as the statistics that batch norm keeps up in training.</summary>
    IReadOnlyList<(string Name, Tensor Value)> Buffers { get; }

    /// <summary>Every name of nnU-Net's state dict in its order, with the first name of the tensor that it stands for.</summary>
    IReadOnlyList<(string Name, string Canonical)> StateNames { get; }

    /// <summary>
    /// What keeps the network from taking patches of so many voxels an axis, as the end of a sentence that begins with them; null when nothing does.
    /// </summary>
    string? Mismatch(IReadOnlyList<long> patch);

    /// <summary>Full-resolution logits (batch, heads, patch...) of an input (batch, channels, patch...).</summary>
    /// <exception cref="ArgumentException">The input does not fit the network.</exception>
    Tensor Forward(Tensor input);

    /// <summary>Logits of every output that the loss looks at, full resolution first.</summary>
    /// <exception cref="ArgumentException">The input does not fit the network.</exception>
    IReadOnlyList<Tensor> ForwardAll(Tensor input);

    /// <summary>Replaces the weights; names may be canonical ones or aliases, with or without <c>module.</c> and <c>_orig_mod.</c> in front.</summary>
    /// <param name="weights">In any order.</param>
    /// <param name="source">The file they are from, for messages.</param>
    /// <exception cref="DataException">One is missing, unknown, has another shape, or its aliases disagree; nothing is replaced then.</exception>
    void Load(IReadOnlyList<NamedTensor> weights, string source);

    /// <summary>Begins with another training's weights: all but the segmentation heads, by the rules of <see cref="PretrainedWeights"/>.</summary>
    /// <param name="weights">Of a checkpoint, a state dict or a safetensors file.</param>
    /// <param name="source">The file they are from, for messages.</param>
    /// <returns>What was taken and what was not.</returns>
    /// <exception cref="DataException">One is missing or has another shape; nothing is replaced then.</exception>
    PretrainedSelection LoadPretrained(CheckpointWeights weights, string source);

    /// <summary>Copies the state to the host, each tensor once in the order of its first name: parameters and buffers.</summary>
    /// <param name="arrays">Where the copies' memory is from; allocated when left out.</param>
    IReadOnlyList<NamedTensor> Save(WarmArrays? arrays = null);

    /// <summary>
    /// Moves the weights to <c>cpu</c> or <c>cuda</c>; gradients are lost. Tensors taken from <see cref="Parameters"/> before must not be used any more.
    /// </summary>
    void To(string target);
}
