using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// What a network says of a case: a number for each head and voxel, in half precision as the reference keeps them (spec 07 section 4.6). Each head is a block of memory
/// of its own outside the managed heap, given back the moment the logits are disposed. Whoever holds them owns them; one thread at a time.
/// </summary>
public sealed class Logits : IDisposable
{
    private readonly Scratch<Half>[] _heads;
    private bool _disposed;

    /// <param name="heads">Network outputs.</param>
    /// <param name="shape">Extent of each; at most 2^31 voxels.</param>
    /// <param name="zeroed">Whether they begin as zeros; else they begin as anything.</param>
    public Logits(int heads, VolumeShape shape, bool zeroed = true)
    {
        Shape = shape;
        _heads = new Scratch<Half>[heads];
        try
        {
            for (var head = 0; head < heads; head++)
            {
                _heads[head] = new Scratch<Half>(shape.Voxels);
                if (zeroed) _heads[head].Span.Clear();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Network outputs: labels or regions.</summary>
    public int Heads => _heads.Length;

    /// <summary>The extent of each head, axes of the preprocessed case.</summary>
    public VolumeShape Shape { get; }

    /// <summary>Bytes that so many take.</summary>
    public static unsafe long Bytes(int heads, VolumeShape shape) => sizeof(Half) * (long)heads * shape.Voxels;

    /// <summary>The values of one head in C order, without copying.</summary>
    /// <exception cref="ObjectDisposedException">They were given back.</exception>
    public Span<Half> Head(int head)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _heads[head].Span;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        foreach (var head in _heads) head?.Dispose();
    }
}
