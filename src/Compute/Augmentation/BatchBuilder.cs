using System.Diagnostics;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Builds batches from their keys: draws cases and boxes, reads patches, augments them, straight into the batch's native memory. Thread-safe; the
/// same key gives the same bytes whoever asks. Keeps cases it has seen open, within a budget; a build holds one loaded patch, image and label, and one
/// label map besides the batch, and the tensors of batches that are done with serve the next.
/// </summary>
public sealed class BatchBuilder : IDisposable
{
    private static readonly IReadOnlySet<CaseId> Nobody = new HashSet<CaseId>();

    private readonly OpenCases _open;
    private readonly CaseId[] _cases;
    private readonly int _batchSize;
    private readonly AugmentationPlan _plan;
    private readonly SampleBuilder _samples;
    private readonly bool _flat;
    private readonly BatchTensors _tensors;

    /// <param name="store">The preprocessed cases; for the second stage of a cascade with the stage before (<see cref="CascadeCaseStore"/>).</param>
    /// <param name="cases">Those to draw from; sorted here, so that their order is no input.</param>
    /// <param name="configuration">Patch, channels, strides.</param>
    /// <param name="labels">Labels or regions, and what is ignored.</param>
    /// <param name="options">Batch size and augmentation.</param>
    /// <exception cref="DataException">There are no cases, or the plans do not fit together.</exception>
    public BatchBuilder(ICaseStore store, IReadOnlyList<CaseId> cases, Configuration configuration, LabelSet labels, BatchOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Size, 1);
        if (cases.Count == 0) throw new DataException("splits_final.json", "the fold has no cases to draw patches from", "add cases to it");
        var channels = configuration.NormalizationSchemes.Count;
        if (configuration.UseMaskForNorm.Count != channels)
            throw new DataException("plans", $"use_mask_for_norm has {configuration.UseMaskForNorm.Count} entries for {channels} channels",
                "plan the experiment again");
        (_open, _cases, _batchSize, _flat) = (new OpenCases(store, options.OpenBytes), [.. cases.Order()], options.Size, configuration.Is2D);
        _plan = AugmentationPlan.For(configuration, labels, options);
        var foreground = options.Variant.Foreground.For(options.Size, configuration.BatchSize, options.OversampleForeground);
        _samples = new SampleBuilder(_plan, labels, channels, foreground);
        var patch = _plan.Settings.Patch;
        var image = checked(options.Size * _samples.InputChannels * sizeof(float) * patch.Voxels);
        if (image > int.MaxValue)
            throw new DataException(
                "plans", $"a batch of {options.Size} patches of {patch} takes {image} bytes, over the 2 GiB of one tensor", "lower batch_size");
        _tensors = new BatchTensors(Allocate);
        BatchBytes = checked(image + (options.Size * _plan.Targets.SampleBytes));
    }

    /// <summary>Native memory of one batch.</summary>
    public long BatchBytes { get; }

    /// <summary>What building one batch holds besides it at most: a loaded patch, image and label.</summary>
    public long ScratchBytes => _samples.ScratchBytes;

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
        var batch = _tensors.Take(key, CasesOf(key, without));
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

    /// <summary>Lets go of the cases, as soon as no batch is being built from them, of working memory, and of the tensors of batches that are disposed.</summary>
    public void Dispose()
    {
        _open.Dispose();
        _samples.Dispose();
        _tensors.Dispose();
    }

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

    private void Fill(Batch batch, int sample, IStoredCase stored, OpenCases.Loan loan)
    {
        try
        {
            _samples.Fill(batch, sample, stored);
        }
        catch
        {
            loan.Forget();
            throw;
        }
    }

    private CaseId Draw(BatchKey key, int sample, IReadOnlySet<CaseId> without)
    {
        var random = new Philox(key, sample, (int)Purpose.Case);
        while (true)
            if (_cases[random.IntInclusive(0, _cases.Length - 1)] is var id && !without.Contains(id))
                return id;
    }

    // Nothing is cleared: every element is written by its sample. Fresh memory costs more than most transforms, so it is asked for in large pages.
    private Tensor[] Allocate()
    {
        using var scope = NewDisposeScope();
        Tensor[] tensors =
        [
            empty(Dimensions(_samples.InputChannels, _plan.Settings.Patch), ScalarType.Float32),
            .. _plan.Targets.Outputs.Select(shape => empty(Dimensions(_plan.Targets.Channels, shape), _plan.Targets.Type)),
        ];
        foreach (var tensor in tensors) Advise(tensor);
        return [.. tensors.Select(t => t.DetachFromDisposeScope())];

        static unsafe void Advise(Tensor tensor)
        {
            fixed (byte* start = tensor.bytes) LargeArray.Advise(start, tensor.NumberOfElements * tensor.ElementSize);
        }
    }

    private long[] Dimensions(int channels, VolumeShape shape) =>
        _flat ? [_batchSize, channels, shape.Y, shape.X] : [_batchSize, channels, shape.Z, shape.Y, shape.X];
}
