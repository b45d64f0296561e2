using System.Runtime.InteropServices;
using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation;

/// <summary>Builds one sample of a batch in the batch's own memory. Thread-safe; each thread at work has working memory of its own.</summary>
/// <param name="plan">What happens to a sample.</param>
/// <param name="labels">Tells of an ignore label.</param>
/// <param name="channels">Of the image.</param>
/// <param name="foreground">Which samples must hold foreground.</param>
internal sealed class SampleBuilder(AugmentationPlan plan, LabelSet labels, int channels, ForegroundRule.Decision foreground) : IDisposable
{
    private readonly Stack<Workspace> _idle = [];
    private bool _closed;

    /// <summary>Channels of the network's input.</summary>
    public int InputChannels => channels + plan.PreviousLabels.Count;

    /// <summary>What building holds at most beside the batch: the loaded patch and one label map of it, or of the network patch.</summary>
    public long ScratchBytes =>
        (plan.Spatial is null ? 0 : plan.Loaded.Voxels * ((channels * sizeof(float)) + sizeof(short))) + (sizeof(short) * plan.Settings.Patch.Voxels);

    /// <summary>Builds a sample.</summary>
    /// <exception cref="DataException">The case is not what the plans say.</exception>
    public void Fill(Batch batch, int sample, IStoredCase stored)
    {
        Check(batch.Cases[sample], stored);
        var memory = Rent();
        try
        {
            Fill(batch, sample, stored, memory);
        }
        finally
        {
            Return(memory);
        }
    }

    /// <summary>Lets go of working memory; what is in use is let go of when it comes back.</summary>
    public void Dispose()
    {
        lock (_idle)
        {
            _closed = true;
            foreach (var memory in _idle) memory.Dispose();
            _idle.Clear();
        }
    }

    private void Fill(Batch batch, int sample, IStoredCase stored, Workspace memory)
    {
        var patch = plan.Settings.Patch;
        var voxels = (int)patch.Voxels;
        var data = MemoryMarshal.Cast<byte, float>(Part(batch.Data, sample));
        // A label map that is a target is made where it belongs; one that regions are made of is not kept.
        var isTarget = plan.Targets.Regions.Count == 0;
        using var labelMemory = memory.Take<short>(isTarget ? 0 : voxels);
        using var previous = memory.Take<short>(plan.PreviousLabels.Count == 0 ? 0 : voxels);
        var map = isTarget ? MemoryMarshal.Cast<byte, short>(Part(batch.Targets[0], sample)) : labelMemory.Span;

        var random = new Philox(batch.Key, sample, (int)Purpose.Box);
        var box = PatchSampler.Draw(
            ref random, stored.Shape, stored.Properties.ClassLocations, labels, plan.Loaded, patch, foreground.Forces(batch.Key, sample));
        plan.Fill(batch.Key, sample, stored, box, new Sample(data, channels, map, previous.Span, patch, memory));
        for (var output = 0; output < batch.Targets.Count; output++) plan.Targets.Write(output, map, Part(batch.Targets[output], sample), memory);
    }

    private void Check(CaseId id, IStoredCase stored)
    {
        if (stored.Channels != channels)
            throw new DataException($"{id}", $"has {stored.Channels} channels where the plans have {channels}", "preprocess the data set again");
        if (plan.PreviousLabels.Count > 0 && !stored.HasPreviousLabels)
            throw new InvalidOperationException($"the case {id} was opened without the stage before; give a store that opens both");
    }

    private static Span<byte> Part(TorchSharp.torch.Tensor tensor, int sample)
    {
        var bytes = tensor.bytes;
        var length = bytes.Length / (int)tensor.shape[0];
        return bytes.Slice(sample * length, length);
    }

    private Workspace Rent()
    {
        lock (_idle) return _idle.TryPop(out var memory) ? memory : new Workspace();
    }

    private void Return(Workspace memory)
    {
        lock (_idle)
            if (!_closed)
            {
                _idle.Push(memory);
                return;
            }

        memory.Dispose();
    }
}
