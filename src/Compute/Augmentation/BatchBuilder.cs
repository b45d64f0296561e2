using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>A sample of a batch could not be built.</summary>
public sealed class SampleException(CaseId id, BatchKey key, Exception inner)
    : Exception($"case {id} for batch {key.Index} of epoch {key.Epoch}: {inner.Message}", inner)
{
    /// <summary>Whose patch it was.</summary>
    public CaseId Case { get; } = id;

    /// <summary>Which batch.</summary>
    public BatchKey Key { get; } = key;
}

/// <summary>
/// Builds batches from their keys: draws cases and boxes, reads patches, augments them, straight into the batch's native memory. Thread-safe; the same key gives the
/// same bytes whoever asks. Holds open mappings of the cases it has seen; a build holds two copies of one loaded patch besides the batch.
/// </summary>
public sealed class BatchBuilder : IDisposable
{
    private readonly ICaseStore _store;
    private readonly CaseId[] _cases;
    private readonly LabelSet _labels;
    private readonly int _batchSize;
    private readonly double _oversample;
    private readonly AugmentationSettings _settings;
    private readonly TrainingPipeline? _pipeline;
    private readonly IReadOnlyList<VolumeShape> _targets;
    private readonly bool _flat;
    private readonly ConcurrentDictionary<CaseId, Lazy<IStoredCase>> _open = new();

    /// <param name="store">The preprocessed cases.</param>
    /// <param name="cases">Those to draw from; sorted here, so that their order is no input.</param>
    /// <param name="configuration">Patch, strides.</param>
    /// <param name="labels">Tells of an ignore label.</param>
    /// <param name="batchSize">Samples a batch.</param>
    /// <param name="oversampleForeground">Fraction of each batch that must hold foreground.</param>
    /// <param name="augment">The training pipeline; without it patches have the network's size and are left as they are.</param>
    /// <exception cref="DataException">There are no cases, or the data set has regions.</exception>
    public BatchBuilder(
        ICaseStore store, IReadOnlyList<CaseId> cases, Configuration configuration, LabelSet labels, int batchSize, double oversampleForeground, bool augment)
    {
        if (cases.Count == 0) throw new DataException("splits_final.json", "the fold has no cases to draw patches from", "add cases to it");
        if (labels.HasRegions) throw new DataException("dataset.json", "region-based labels cannot be trained yet", "list plain labels instead");
        (_store, _labels, _batchSize, _oversample) = (store, labels, batchSize, oversampleForeground);
        _cases = [.. cases.Order()];
        _settings = AugmentationSettings.For(configuration);
        _pipeline = augment ? new TrainingPipeline(_settings, configuration.UseMaskForNorm) : null;
        _targets = DeepSupervisionTargets.Shapes(configuration, _settings.Patch);
        _flat = configuration.Is2D;
    }

    /// <summary>Builds one batch; the caller's to dispose.</summary>
    /// <exception cref="SampleException">A case cannot be read.</exception>
    public Batch Build(BatchKey key, CancellationToken stop)
    {
        var cases = Enumerable.Range(0, _batchSize).Select(sample => Draw(key, sample)).ToArray();
        var channels = Read(cases[0], key, stored => stored.Channels);
        var batch = new Batch(
            key, zeros(Dimensions(channels, _settings.Patch), ScalarType.Float32).DetachFromDisposeScope(),
            [.. _targets.Select(shape => zeros(Dimensions(1, shape), ScalarType.Int16).DetachFromDisposeScope())], cases);
        try
        {
            for (var sample = 0; sample < _batchSize; sample++)
            {
                stop.ThrowIfCancellationRequested();
                var at = sample;
                Read(cases[sample], key, stored => Fill(batch, at, stored));
            }

            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stored in _open.Values)
            if (stored.IsValueCreated)
                stored.Value.Dispose();
    }

    private CaseId Draw(BatchKey key, int sample)
    {
        var random = new Philox(key, sample, (int)Purpose.Case);
        return _cases[random.Integer(0, _cases.Length - 1)];
    }

    private T Read<T>(CaseId id, BatchKey key, Func<IStoredCase, T> read)
    {
        try
        {
            return read(_open.GetOrAdd(id, opened => new Lazy<IStoredCase>(() => _store.Open(opened), LazyThreadSafetyMode.PublicationOnly)).Value);
        }
        catch (Exception cause) when (cause is not OperationCanceledException)
        {
            throw new SampleException(id, key, cause);
        }
    }

    private bool Fill(Batch batch, int sample, IStoredCase stored)
    {
        var patch = _settings.Patch;
        var voxels = (int)patch.Voxels;
        var data = MemoryMarshal.Cast<byte, float>(batch.Data.bytes).Slice(sample * stored.Channels * voxels, stored.Channels * voxels);
        var labels = new short[voxels];
        var loaded = _pipeline is null ? patch : _settings.InitialPatch;
        var random = new Philox(batch.Key, sample, (int)Purpose.Box);
        var foreground = PatchSampler.MustHoldForeground(sample, _batchSize, _oversample);
        var box = PatchSampler.Draw(ref random, stored.Shape, stored.Properties.ClassLocations, _labels, loaded, patch, foreground);
        if (_pipeline is null)
        {
            stored.ReadImage(box, data);
            stored.ReadLabels(box, labels);
        }
        else _pipeline.Fill(batch.Key, sample, stored, box, data, labels);

        // Padding, the outside of the non-zero region and what was turned in from outside all become background.
        for (var i = 0; i < labels.Length; i++) labels[i] = labels[i] == -1 ? (short)0 : labels[i];
        for (var output = 0; output < _targets.Count; output++)
        {
            var size = (int)_targets[output].Voxels;
            DeepSupervisionTargets.Downsample(labels, patch, MemoryMarshal.Cast<byte, short>(batch.Targets[output].bytes).Slice(sample * size, size), _targets[output]);
        }

        return true;
    }

    private long[] Dimensions(int channels, VolumeShape shape) =>
        _flat ? [_batchSize, channels, shape.Y, shape.X] : [_batchSize, channels, shape.Z, shape.Y, shape.X];
}
