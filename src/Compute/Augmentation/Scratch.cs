using System.Buffers;

namespace ActorSeg.Compute.Augmentation;

/// <summary>Working memory from the shared pool; holds whatever its last user left.</summary>
internal readonly struct Scratch<T>(long length) : IDisposable
{
    private readonly T[] _rented = ArrayPool<T>.Shared.Rent(checked((int)length));

    /// <summary>Exactly the length that was asked for.</summary>
    public Span<T> Span => _rented.AsSpan(0, (int)length);

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<T>.Shared.Return(_rented);
}
