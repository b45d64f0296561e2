using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Networks;

/// <summary>The heap of the C library, from which libtorch takes tensors on the CPU.</summary>
internal static partial class NativeHeap
{
    /// <summary>
    /// Gives back to the system what lies free in it. The launcher has it kept, as steps are faster then; but in the course of hours small blocks come to lie between the
    /// large ones, and whatever new place these find would be kept beside the old. Takes some tens of milliseconds, and the next step fetches its memory anew. Does nothing
    /// where the C library is not glibc.
    /// </summary>
    /// <returns>Whether the C library knows how.</returns>
    public static bool Trim()
    {
        if (!OperatingSystem.IsLinux()) return false;
        try
        {
            Trim(0);
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint pad);
}
