using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>
/// Working memory of a step, given back to the system the moment the step ends: what waited for a collection would be held beyond what the case's lease
/// says. Holds whatever was there before.
/// </summary>
internal sealed unsafe class Scratch<T> : IDisposable where T : unmanaged
{
    private readonly int _length;
    private T* _values;

    /// <param name="length">Elements.</param>
    public Scratch(long length)
    {
        _length = checked((int)length);
        _values = (T*)NativeMemory.Alloc((nuint)length, (nuint)sizeof(T));
        LargeArray.Advise(_values, (long)sizeof(T) * length);
    }

    /// <summary>Gives the memory back where nobody did.</summary>
    ~Scratch() => Free();

    /// <summary>All elements.</summary>
    public Span<T> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_values, _length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_values);
        _values = null;
    }
}
