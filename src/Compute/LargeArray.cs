using System.Runtime.InteropServices;

namespace ActorSeg.Compute;

/// <summary>
/// Arrays that hold volumes. The first touch of a page costs the kernel up to a microsecond, and a volume has ten thousands of pages of 4 KiB: large
/// arrays ask for pages of 2 MiB, where the system grants them on request.
/// </summary>
internal static class LargeArray
{
    private const nuint HugePage = 2 << 20;
    private const long Worthwhile = 4L << 20;
    private const int AdviseHugePages = 14;

    /// <summary>An array of zeros.</summary>
    public static T[] Zeroed<T>(long length) where T : unmanaged => Advised(new T[length]);

    /// <summary>An array whose every element is written before it is read.</summary>
    public static T[] Uninitialized<T>(long length) where T : unmanaged => Advised(GC.AllocateUninitializedArray<T>(checked((int)length)));

    /// <summary>Asks for large pages under memory that has not been touched yet.</summary>
    public static unsafe void Advise(void* start, long bytes)
    {
        if (bytes < Worthwhile || !OperatingSystem.IsLinux()) return;
        var first = ((nuint)start + HugePage - 1) & ~(HugePage - 1);
        var end = ((nuint)start + (nuint)bytes) & ~(HugePage - 1);
        // Advice only: a kernel without such pages says no, and all is as before.
        if (end > first) _ = MAdvise((void*)first, end - first, AdviseHugePages);
    }

    private static unsafe T[] Advised<T>(T[] array) where T : unmanaged
    {
        fixed (T* start = array) Advise(start, array.LongLength * sizeof(T));
        return array;
    }

    [DllImport("libc", EntryPoint = "madvise"), SuppressGCTransition]
    private static extern unsafe int MAdvise(void* start, nuint length, int advice);
}
