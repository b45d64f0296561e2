using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>Which batch this is: every random choice in it is a function of this key and nothing else (ARCHITECTURE section 5).</summary>
/// <param name="Seed">Of the run.</param>
/// <param name="Fold">Of the run.</param>
/// <param name="Validation">Whether it belongs to the online validation, which has its own stream.</param>
/// <param name="Epoch">From 0.</param>
/// <param name="Index">Position within the epoch, from 0.</param>
public readonly record struct BatchKey(ulong Seed, Fold Fold, bool Validation, int Epoch, int Index);

/// <summary>What building a batch took of the time of its thread.</summary>
/// <param name="Read">Opening cases and reading patches.</param>
/// <param name="Augment">The rest.</param>
public readonly record struct BatchCost(TimeSpan Read, TimeSpan Augment);

/// <summary>
/// A batch of patches. It has one owner at a time: whoever receives it disposes it.
/// </summary>
public class Batch : IDisposable
{
    /// <param name="key">Which batch.</param>
    /// <param name="data">float32 (batch, channels, patch...).</param>
    /// <param name="targets">int16 (batch, 1, patch...), or bool (batch, regions (+ what is ignored), patch...) in region mode; full resolution first, one a
    /// deep supervision output.</param>
    /// <param name="cases">Which case each sample came from.</param>
    public Batch(BatchKey key, Tensor data, IReadOnlyList<Tensor> targets, IReadOnlyList<CaseId> cases) =>
        (Key, Data, Targets, Cases) = (key, data, targets, cases);

    /// <summary>Which batch.</summary>
    public BatchKey Key { get; }

    /// <summary>float32 (batch, channels, patch...); in a cascade one channel a foreground label of the stage before follows those of the image.</summary>
    public Tensor Data { get; }

    /// <summary>int16 (batch, 1, patch...), or bool (batch, regions (+ what is ignored), patch...) in region mode; full resolution first.</summary>
    public IReadOnlyList<Tensor> Targets { get; }

    /// <summary>Which case each sample came from.</summary>
    public IReadOnlyList<CaseId> Cases { get; }

    /// <summary>What building it took; zero where nobody measured.</summary>
    public BatchCost Cost { get; set; }

    /// <summary>Bytes of native memory held.</summary>
    public long Bytes => Data.NumberOfElements * sizeof(float) + Targets.Sum(t => t.NumberOfElements * t.ElementSize);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        Data.Dispose();
        foreach (var target in Targets) target.Dispose();
    }
}
