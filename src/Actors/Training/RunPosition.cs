namespace ActorSeg.Actors.Training;

/// <summary>Where a run is, as it answers a command.</summary>
/// <param name="State"><c>training</c>, <c>paused</c>, <c>stopping</c>, or <c>validating</c> when the training is over.</param>
/// <param name="Epoch">Of the next iteration, from 0.</param>
/// <param name="Iteration">The next one, from 0.</param>
/// <param name="Epochs">Altogether.</param>
/// <param name="LearningRate">Of that epoch.</param>
/// <param name="WeightsSha256">Digest of the weights, where a checkpoint was asked for: it is on disk.</param>
public sealed record RunPosition(string State, int? Epoch = null, int? Iteration = null, int? Epochs = null, double? LearningRate = null, string? WeightsSha256 = null);
