using System.ComponentModel;
using System.Diagnostics;

namespace ActorSeg.Compute.Tests.Checkpoints.Interop;

/// <summary>A fact that needs Python with PyTorch: skipped, by name, where there is none.</summary>
public sealed class PythonTorchFactAttribute : FactAttribute
{
    /// <param name="needs">Path below the shared folder; null where none is needed.</param>
    public PythonTorchFactAttribute(string? needs = null)
    {
        if (!PythonTorch.IsThere) Skip = "needs a python3 with torch and numpy (Debian: python3-torch)";
        else if (needs is not null && !Path.Exists(TestPaths.SharedPath(needs))) Skip = $"needs {needs} in the shared folder (ACTORSEG_SHARED)";
    }
}

/// <summary>Real PyTorch, of the first python3 that has it: the user's own, then the system's.</summary>
internal static class PythonTorch
{
    // To look is quick, to import takes seconds.
    private const string Look = "import sys, importlib.util as u; sys.exit(not (u.find_spec('torch') and u.find_spec('numpy')))";

    private static readonly Lazy<string?> Interpreter = new(() =>
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Start(python, "-c", Look).ExitCode == 0));

    public static bool IsThere => Interpreter.Value is not null;

    /// <summary>Runs a subcommand of torch_interop.py, which must succeed, and gives what it prints.</summary>
    public static string Run(params string[] arguments)
    {
        var script = TestPaths.SourceFile("Compute.Tests", "Checkpoints", "Interop", "torch_interop.py");
        var (code, output, errors) = Start(Interpreter.Value!, ["-B", script, .. arguments]);
        Assert.True(code == 0, errors);
        return output;
    }

    private static (int ExitCode, string Output, string Errors) Start(string python, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(python, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.Result);
        }
        catch (Win32Exception e)
        {
            return (-1, "", e.Message);
        }
    }
}
