using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// One batch of random values, made once and given for every key: what is left of a training's time when nothing is loaded
/// (nnUNetTrainerBenchmark_5epochs_noDataLoading). Thread-safe.
/// </summary>
public sealed class MadeBatches : IDisposable
{
    private readonly Tensor _data;
    private readonly Tensor[] _targets;

    /// <param name="configuration">Patch and strides.</param>
    /// <param name="labels">Labels or regions, and what is ignored.</param>
    /// <param name="inputChannels">Of the network.</param>
    /// <param name="options">Batch size, and whether every output has a target.</param>
    public MadeBatches(Configuration configuration, LabelSet labels, int inputChannels, BatchOptions options)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(0);
        var targets = AugmentationPlan.For(configuration, labels, options).Targets;
        _data = rand([options.Size, inputChannels, .. configuration.PatchSize.Select(n => (long)n)], generator: random).DetachFromDisposeScope();
        _targets = [.. targets.Outputs.Select(Target)];

        Tensor Target(VolumeShape shape)
        {
            long[] axes = configuration.Is2D ? [shape.Y, shape.X] : [shape.Z, shape.Y, shape.X];
            var most = labels.HasRegions ? 2 : labels.Heads;
            return randint(0, most, [options.Size, targets.Channels, .. axes], generator: random).to(targets.Type).DetachFromDisposeScope();
        }
    }

    /// <summary>Native memory of the batch.</summary>
    public long BatchBytes => new Batch(default, _data, _targets, []).Bytes;

    /// <summary>The batch under a key, sharing its memory; the caller's to dispose.</summary>
    public Batch Build(BatchKey key) => new(key, Alias(_data), [.. _targets.Select(Alias)], []);

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        foreach (var target in _targets) target.Dispose();
    }

    private static Tensor Alias(Tensor tensor) => tensor.detach().DetachFromDisposeScope();
}
