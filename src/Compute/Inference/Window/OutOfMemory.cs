using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>Tells running out of memory from other failures. torch has no exception of its own for it on this side: only its words.</summary>
internal static class OutOfMemory
{
    private static readonly string[] Words = ["out of memory", "can't allocate memory", "not enough memory", "bad_alloc", "CUDNN_STATUS_ALLOC_FAILED"];

    /// <summary>Whether trying the same with less memory makes sense.</summary>
    public static bool Is(Exception failure) =>
        failure is OutOfMemoryException || (failure is ExternalException && Words.Any(word => failure.Message.Contains(word, StringComparison.OrdinalIgnoreCase)));
}
