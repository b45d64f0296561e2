using System.Globalization;
using System.Runtime.InteropServices;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;

namespace ActorSeg.Host.Hosting;

/// <summary>Tells the user of a failure: one sentence where they can act on it, a report file where the fault is ours.</summary>
internal static class FaultReport
{
    /// <summary>Says what happened and gives the exit code.</summary>
    public static int Tell(Exception failure, IReadOnlyList<string> args, HostServices host)
    {
        var (code, cause) = (ExitCodes.Of(failure), failure.GetBaseException().Message);
        host.Screen.Line(code switch
        {
            ExitCodes.Stopped when failure is StalledException => $"error: {cause}; the same command goes on from the last checkpoint",
            ExitCodes.Stopped => "stopped; the same command goes on from there",
            ExitCodes.Fault => $"error: this is a fault of ActorSeg ({cause}); please report it with {Write(failure, args, host.Time)}",
            _ => $"error: {Sentence(failure)}",
        });
        return code;
    }

    // A sentence that names file and field comes before what the system said beneath it.
    private static string Sentence(Exception failure) => (Chain(failure).FirstOrDefault(e => e is ActorSegException) ?? failure.GetBaseException()) switch
    {
        ActorSegException known => known.Message,
        DllNotFoundException missing => $"a native library cannot be loaded ({missing.Message.Split('\n')[0]}); the README says which systems do",
        OutOfMemoryException => "there is not enough memory; close other programs, or lower actorseg.memory.limit",
        UnauthorizedAccessException or IOException => $"{failure.GetBaseException().Message}; give a folder that can be written to and has room",
        _ => failure.Message,
    };

    private static IEnumerable<Exception> Chain(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException) yield return e;
    }

    // In the temporary folder: the current one may be a data folder, or read-only.
    private static string Write(Exception failure, IReadOnlyList<string> args, TimeProvider time)
    {
        var stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        var path = Path.Combine(Path.GetTempPath(), $"actorseg-fault-{stamp}-{Environment.ProcessId}.txt");
        try
        {
            File.WriteAllText(path, $"""
                actorseg {typeof(FaultReport).Assembly.GetName().Version}
                {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors
                arguments: {string.Join(' ', args)}

                {failure}

                """);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"this text, as no report file could be written ({e.Message}):\n{failure}";
        }
    }
}
