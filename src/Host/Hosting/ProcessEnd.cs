using System.Runtime.InteropServices;

namespace ActorSeg.Host.Hosting;

/// <summary>
/// Ends the process, also while threads still compute: after a second signal, or when a stage was left behind, of whose run the end may be a good one. libtorch's own cleaning up at
/// an ordinary exit takes away what such a thread works with, and the process would end by a segmentation fault in place of its exit code.
/// </summary>
internal static partial class ProcessEnd
{
    /// <summary>At once, with this exit code. What is durable is on disk already, and the console's streams keep nothing back.</summary>
    public static void Now(int exitCode) => End(exitCode);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void End(int status);
}
