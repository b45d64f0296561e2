using System.Text.Json.Serialization;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>What <c>describe checkpoint</c> tells; the JSON keys are part of the command line's interface.</summary>
/// <param name="Format"><c>actorseg</c>, <c>nnunet</c>; for bare weights <c>state_dict</c> or <c>safetensors</c>.</param>
/// <param name="Trainer">Trainer class name; null in bare weights, as are configuration and fold.</param>
/// <param name="Configuration">Such as <c>3d_fullres</c>.</param>
/// <param name="Fold">A number or <c>all</c>.</param>
/// <param name="Epoch">The next epoch to run.</param>
/// <param name="Iteration">The next iteration within it.</param>
/// <param name="WeightsSha256">See <see cref="CheckpointFile.WeightsSha256"/>.</param>
/// <param name="Parameters">Each parameter once, in state-dict order.</param>
/// <param name="HasOptimizer">Whether training can go on with its momentum.</param>
/// <param name="Extra">What only ActorSeg's files have.</param>
public sealed record CheckpointDescription(
    [property: JsonPropertyName("format")] string Format,
    [property: JsonPropertyName("trainer")] string? Trainer,
    [property: JsonPropertyName("configuration")] string? Configuration,
    [property: JsonPropertyName("fold")] string? Fold,
    [property: JsonPropertyName("epoch")] int Epoch,
    [property: JsonPropertyName("iteration")] int Iteration,
    [property: JsonPropertyName("weights_sha256")] string WeightsSha256,
    [property: JsonPropertyName("parameters")] IReadOnlyList<ParameterDescription> Parameters,
    [property: JsonPropertyName("has_optimizer")] bool HasOptimizer,
    [property: JsonPropertyName("extra")] CheckpointExtra? Extra);

/// <summary>One parameter.</summary>
/// <param name="Name">Its first state-dict name.</param>
/// <param name="Shape">Outermost first.</param>
/// <param name="Dtype">As in the file, such as <c>float32</c>.</param>
public sealed record ParameterDescription(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("shape")] IReadOnlyList<long> Shape,
    [property: JsonPropertyName("dtype")] string Dtype);
