using ActorSeg.Actors.Training;
using ActorSeg.Compute;

namespace ActorSeg.Host.Hosting;

/// <summary>The exit codes of docs/cli.md.</summary>
internal static class ExitCodes
{
    public const int Done = 0, Fault = 1, Usage = 2, Data = 3, Resources = 4, InPart = 5, Stopped = 75;

    // ENOSPC, EROFS, EDQUOT, and ERROR_DISK_FULL as Windows puts it into a result code.
    private const int NoSpaceLeft = 28, ReadOnlyDisk = 30, QuotaSpent = 122, WindowsDiskFull = unchecked((int)0x80070070);

    /// <summary>The code of a failure.</summary>
    public static int Of(Exception failure) => failure switch
    {
        ActorSegException known => known.Kind switch
        {
            FaultKind.Usage => Usage,
            FaultKind.Data => Data,
            FaultKind.Resource => Resources,
            _ => Fault,
        },
        OperationCanceledException or StalledException => Stopped,
        OutOfMemoryException or DllNotFoundException or UnauthorizedAccessException => Resources,
        IOException { HResult: NoSpaceLeft or ReadOnlyDisk or QuotaSpent or WindowsDiskFull } => Resources,
        TypeInitializationException { InnerException: { } inner } => Of(inner),
        AggregateException { InnerExceptions: [var only] } => Of(only),
        _ => Fault,
    };
}
