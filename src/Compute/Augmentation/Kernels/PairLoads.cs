using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// Eight voxels and the one behind each of them, from eight places: a pair is one load. Written out, since the processor's own gather instructions take three
/// times as long where they are microcode.
/// </summary>
internal static unsafe class PairLoads
{
    /// <summary>Whether this can be used here.</summary>
    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>Values and their right neighbours.</summary>
    /// <param name="values">Where places are counted from.</param>
    /// <param name="at">Eight places.</param>
    /// <param name="second">The neighbours.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* values, int* at, out Vector256<float> second)
    {
        // 0 1 4 5 and 2 3 6 7, so that the shuffles, which work on halves, bring the eight into order.
        var low = Vector256.Create(Two(values, at[0], at[1]), Two(values, at[4], at[5]));
        var high = Vector256.Create(Two(values, at[2], at[3]), Two(values, at[6], at[7]));
        second = Avx.Shuffle(low, high, 0b11_01_11_01);
        return Avx.Shuffle(low, high, 0b10_00_10_00);
    }

    /// <summary>Labels and their right neighbours, these in the upper halves.</summary>
    /// <param name="labels">Where places are counted from.</param>
    /// <param name="at">Eight places.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load(short* labels, int* at) => Vector256.Create(
        *(int*)(labels + at[0]), *(int*)(labels + at[1]), *(int*)(labels + at[2]), *(int*)(labels + at[3]), *(int*)(labels + at[4]), *(int*)(labels + at[5]),
        *(int*)(labels + at[6]), *(int*)(labels + at[7]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Two(float* values, int a, int b) =>
        Sse2.LoadHigh(Vector128.CreateScalarUnsafe(*(double*)(values + a)), (double*)(values + b)).AsSingle();
}
