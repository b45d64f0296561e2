using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>The program as its users run it: a process of its own, ended by pid when the test ends before it does.</summary>
internal sealed partial class ActorSegProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new(), _errors = new();

    public ActorSegProcess(params string[] arguments)
        : this("dotnet", [Program, .. arguments], [])
    {
    }

    private ActorSegProcess(string command, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        foreach (var variable in (string[])["nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"]) start.Environment.Remove(variable);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_errors, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "actorseg.dll");

    /// <summary>With a variable in its environment.</summary>
    public static ActorSegProcess With(string name, string value, params string[] arguments) => new("dotnet", [Program, .. arguments], [new(name, value)]);

    /// <summary>Where no file may grow beyond so many KiB, as on a disk that is full. The signal is ignored, so that the write fails.</summary>
    public static ActorSegProcess WithSmallFiles(int kibibytes, params string[] arguments) => new(
        // The runtime's own memory is a file where code may not be both written and run.
        "bash", ["-c", $"trap '' XFSZ; ulimit -f {kibibytes}; exec dotnet \"$@\"", "-", Program, .. arguments], [new("DOTNET_EnableWriteXorExecute", "0")]);

    /// <summary>One whose files can be limited while it runs: see <see cref="LimitFiles"/>.</summary>
    public static ActorSegProcess WithFilesToLimit(params string[] arguments) =>
        new("bash", ["-c", "trap '' XFSZ; exec dotnet \"$@\"", "-", Program, .. arguments], [new("DOTNET_EnableWriteXorExecute", "0")]);

    public int Pid => _process.Id;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public bool HasEnded => _process.HasExited;

    public int Wait()
    {
        Assert.True(_process.WaitForExit(Patience), $"still running after {Patience}: {Errors}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Waits for its end or for a time, whichever comes first.</summary>
    public void WaitAtMost(TimeSpan time) => _process.WaitForExit(time);

    /// <summary>Runs to the end, and says what was written to stderr when the exit code is another than expected.</summary>
    public ActorSegProcess Ends(int exitCode)
    {
        var actual = Wait();
        Assert.True(exitCode == actual, $"exit code {actual} instead of {exitCode}: {Output}{Errors}");
        return this;
    }

    /// <summary>As <see cref="Ends"/>, looking at the largest resident memory meanwhile, in bytes.</summary>
    public long EndsWithin(int exitCode)
    {
        long peak = 0;
        while (!_process.WaitForExit(TimeSpan.FromMilliseconds(10)))
            if (File.Exists($"/proc/{_process.Id}/status") && PeakOf(_process.Id) is { } now)
                peak = now;
        Ends(exitCode);
        return peak;
    }

    /// <summary>SIGKILL (9) or SIGTERM (15).</summary>
    public void Signal(int signal) => Assert.Equal(0, KillProcess(_process.Id, signal));

    /// <summary>From now on no file of this process may grow beyond so many bytes, as on a disk that is full; null: as far as it likes.</summary>
    public void LimitFiles(long? bytes)
    {
        const int fileSize = 1;
        const long unlimited = -1;
        Assert.Equal(0, LimitProcess(_process.Id, fileSize, [bytes ?? unlimited, unlimited], 0));
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    private static long? PeakOf(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line
                ? long.Parse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture) << 10
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void Append(StringBuilder to, string? line)
    {
        if (line is null) return;
        lock (to) to.AppendLine(line);
    }

    private static string Read(StringBuilder from)
    {
        lock (from) return from.ToString();
    }

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int LimitProcess(int pid, int resource, long[] limit, nint before);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillProcess(int pid, int signal);
}
