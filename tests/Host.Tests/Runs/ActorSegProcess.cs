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
    {
        var program = Path.Combine(AppContext.BaseDirectory, "actorseg.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var variable in (string[])["nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results"]) start.Environment.Remove(variable);
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Append(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Append(_errors, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public int Wait()
    {
        Assert.True(_process.WaitForExit(Patience), $"still running after {Patience}: {Errors}");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    /// <summary>Runs to the end, and says what was written to stderr when the exit code is another than expected.</summary>
    public ActorSegProcess Ends(int exitCode)
    {
        var actual = Wait();
        Assert.True(exitCode == actual, $"exit code {actual} instead of {exitCode}: {Output}{Errors}");
        return this;
    }

    /// <summary>SIGKILL (9) or SIGTERM (15).</summary>
    public void Signal(int signal) => Assert.Equal(0, KillProcess(_process.Id, signal));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
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

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int KillProcess(int pid, int signal);
}
