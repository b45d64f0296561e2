using System.Diagnostics;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Builds batches from their keys: draws cases and boxes, reads patches, augments them, straight into the batch's native memory. Thread-safe; the
/// same key gives the same bytes whoever asks. Keeps cases it has seen open, within a budget; a build holds one loaded patch, image and label, and one
/// label map besides the batch.
/// </summary>
public sealed class BatchBuilder : IDisposable
{
    /// <summary>What the cases kept open may take unless told otherwise: 1 GiB, which holds the small data sets whose batches are built fastest.</summary>
    public const long DefaultOpenBytes = 1L << 30;

    private static readonly IReadOnlySet<CaseId> Nobody = new HashSet<CaseId>();

    private readonly OpenCases _open;
    private readonly CaseId[] _cases;
    private readonly LabelSet _labels;
    private readonly int _batchSize, _channels;
    private readonly double _oversample;
    private readonly AugmentationSettings _settings;
    private readonly TrainingPipeline? _pipeline;
    private readonly IReadOnlyList<VolumeShape> _targets;
    private readonly bool _flat;

    /// <param name="store">The preprocessed cases.</param>
    /// <param name="cases">Those to draw from; sorted here, so that their order is no input.</param>
    /// <param name="configuration">Patch, channels, strides.</param>
    /// <param name="labels">Tells of an ignore label.</param>
    /// <param name="batchSize">Samples a batch.</param>
    /// <param name="oversampleForeground">Fraction of each batch that must hold foreground.</param>
    /// <param name="augment">The training pipeline; without it patches have the network's size and are left as they are.</param>
    /// <param name="openBytes">What the cases kept open between reads may take, in bytes; a case counts with its image, labels and class locations.</param>
    /// <exception cref="DataException">There are no cases, the data set has regions, or the plans do not fit together.</exception>
    /// <exception cref="UsageException">The configuration is the second stage of a cascade.</exception>
    public BatchBuilder(
        ICaseStore store, IReadOnlyList<CaseId> cases, Configuration configuration, LabelSet labels, int batchSize, double oversampleForeground, bool augment,
        long openBytes = DefaultOpenBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (cases.Count == 0) throw new DataException("splits_final.json", "the fold has no cases to draw patches from", "add cases to it");
        if (labels.HasRegions) throw new DataException("dataset.json", "region-based labels cannot be trained yet", "list plain labels instead");
        if (configuration.PreviousStage is { } previous)
            throw new UsageException(
                $"configuration '{configuration.Name}' takes the predictions of '{previous}' as input, and cascades cannot be trained yet; choose another one");
        (_open, _labels, _batchSize, _oversample) = (new OpenCases(store, openBytes), labels, batchSize, oversampleForeground);
        _cases = [.. cases.Order()];
        _channels = configuration.NormalizationSchemes.Count;
        if (configuration.UseMaskForNorm.Count != _channels)
            throw new DataException("plans", $"use_mask_for_norm has {configuration.UseMaskForNorm.Count} entries for {_channels} channels",
                "plan the experiment again");
        _settings = AugmentationSettings.For(configuration);
        _pipeline = augment ? TrainingPipeline.Default(_settings, configuration.UseMaskForNorm, configuration.Is2D) : null;
        _targets = DeepSupervisionTargets.Shapes(configuration, _settings.Patch);
        _flat = configuration.Is2D;
        var largest = checked(batchSize * _channels * sizeof(float) * _settings.Patch.Voxels);
        if (largest > int.MaxValue)
            throw new DataException(
                "plans", $"a batch of {batchSize} patches of {_settings.Patch} takes {largest} bytes, over the 2 GiB of one tensor",
                "lower batch_size");
        var loaded = augment ? _settings.InitialPatch.Voxels : 0;
        ScratchBytes = checked((loaded * ((_channels * sizeof(float)) + sizeof(short))) + (sizeof(short) * _settings.Patch.Voxels));
        BatchBytes = checked(batchSize * ((_channels * sizeof(float) * _settings.Patch.Voxels) + (sizeof(short) * _targets.Sum(t => t.Voxels))));
    }

    /// <summary>Native memory of one batch.</summary>
    public long BatchBytes { get; }

    /// <summary>What building one batch holds besides it: a loaded patch, image and label, and one label map.</summary>
    public long ScratchBytes { get; }

    /// <summary>Builds one batch; the caller's to dispose.</summary>
    /// <exception cref="SampleException">A case cannot be read, or has other channels than the plans.</exception>
    /// <exception cref="ObjectDisposedException">The builder has been disposed.</exception>
    public Batch Build(BatchKey key, CancellationToken stop) => Build(key, Nobody, stop);

    /// <summary>As <see cref="Build(BatchKey, CancellationToken)"/>, without some cases: a function of the key and of them.</summary>
    /// <param name="key">Which batch.</param>
    /// <param name="without">A sample that would be of one of these is of the next case that its stream draws; the others stay as they are.</param>
    /// <param name="stop">Looked at between samples.</param>
    /// <exception cref="DataException">No case is left.</exception>
    public Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop)
    {
        using var open = _open.Enter();
        var begun = Stopwatch.GetTimestamp();
        var batch = Allocate(key, CasesOf(key, without));
        var cases = batch.Cases;
        var read = TimeSpan.Zero;
        try
        {
            for (var sample = 0; sample < _batchSize; sample++)
            {
                stop.ThrowIfCancellationRequested();
                try
                {
                    var opening = Stopwatch.GetTimestamp();
                    using var loan = open.Borrow(cases[sample]);
                    var stored = new TimedCase(loan.Case);
                    read += Stopwatch.GetElapsedTime(opening);
                    Fill(batch, sample, stored, loan);
                    read += stored.Elapsed;
                }
                catch (Exception cause)
                {
                    throw new SampleException(cases[sample], key, cause);
                }
            }

            batch.Cost = new BatchCost(read, Stopwatch.GetElapsedTime(begun) - read);
            return batch;
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    /// <summary>Lets go of the cases, as soon as no batch is being built from them.</summary>
    public void Dispose() => _open.Dispose();

    /// <summary>Which case each sample of a batch is of, without some.</summary>
    /// <exception cref="DataException">No case is left.</exception>
    public IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without)
    {
        if (_cases.All(without.Contains))
            throw new DataException(
                "splits_final.json", $"none of the fold's {_cases.Length} {(key.Validation ? "validation" : "training")} cases can be used any more",
                "correct their files and start anew with --fresh");
        return [.. Enumerable.Range(0, _batchSize).Select(sample => Draw(key, sample, without))];
    }

    private CaseId Draw(BatchKey key, int sample, IReadOnlySet<CaseId> without)
    {
        var random = new Philox(key, sample, (int)Purpose.Case);
        while (true)
            if (_cases[random.IntInclusive(0, _cases.Length - 1)] is var id && !without.Contains(id))
                return id;
    }

    // Nothing is cleared: every element is written below.
    private Batch Allocate(BatchKey key, IReadOnlyList<CaseId> cases)
    {
        using var scope = NewDisposeScope();
        var data = empty(Dimensions(_channels, _settings.Patch), ScalarType.Float32);
        var targets = _targets.Select(shape => empty(Dimensions(1, shape), ScalarType.Int16)).ToArray();
        return new Batch(key, data.DetachFromDisposeScope(), [.. targets.Select(t => t.DetachFromDisposeScope())], cases);
    }

    private void Fill(Batch batch, int sample, IStoredCase stored, OpenCases.Loan loan)
    {
        try
        {
            Fill(batch, sample, stored);
        }
        catch
        {
            loan.Forget();
            throw;
        }
    }

    private void Fill(Batch batch, int sample, IStoredCase stored)
    {
        if (stored.Channels != _channels)
            throw new DataException(
                $"{batch.Cases[sample]}", $"has {stored.Channels} channels where the plans have {_channels}", "preprocess the data set again");
        var patch = _settings.Patch;
        var voxels = (int)patch.Voxels;
        var data = MemoryMarshal.Cast<byte, float>(batch.Data.bytes).Slice(sample * _channels * voxels, _channels * voxels);
        using var scratch = new Scratch<short>(voxels);
        var labels = scratch.Span;
        var loaded = _pipeline is null ? patch : _settings.InitialPatch;
        var random = new Philox(batch.Key, sample, (int)Purpose.Box);
        var foreground = PatchSampler.MustHoldForeground(sample, _batchSize, _oversample);
        var box = PatchSampler.Draw(ref random, stored.Shape, stored.Properties.ClassLocations, _labels, loaded, patch, foreground);
        if (_pipeline is null)
        {
            stored.ReadImage(box, data);
            stored.ReadLabels(box, labels);
        }
        else _pipeline.Fill(batch.Key, sample, stored, box, new Sample(data, labels, patch, _settings.InPlaneOnly));

        Mask.RemoveLabel(labels);
        for (var output = 0; output < _targets.Count; output++)
        {
            var size = (int)_targets[output].Voxels;
            var target = MemoryMarshal.Cast<byte, short>(batch.Targets[output].bytes).Slice(sample * size, size);
            DeepSupervisionTargets.Downsample(labels, patch, target, _targets[output]);
        }
    }

    private long[] Dimensions(int channels, VolumeShape shape) =>
        _flat ? [_batchSize, channels, shape.Y, shape.X] : [_batchSize, channels, shape.Z, shape.Y, shape.X];
}
