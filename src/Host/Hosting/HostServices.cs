using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Hosting;

/// <summary>What the outside world is to a command: streams, clock, environment, and how jobs are run. Tests give their own.</summary>
internal sealed record HostServices
{
    /// <summary>Results go here.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress, warnings and errors go here.</summary>
    public required Screen Screen { get; init; }

    /// <summary>Whether <see cref="Out"/> is a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The folder of the executable, with <c>config/akka.hocon</c>.</summary>
    public required string BaseFolder { get; init; }

    /// <summary>The command that starts this program: the clone's launcher, which builds when sources change, or the program itself.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = ["actorseg"];

    /// <summary>Whether the machine has an NVIDIA device.</summary>
    public bool HasGpu { get; init; }

    /// <summary>Makes what runs jobs with these settings.</summary>
    public required Func<Settings, IJobRunner> Runner { get; init; }

    /// <summary>Ends the process at once, when a second signal asks for it.</summary>
    public Action<int> Exit { get; init; } = ProcessEnd.Now;

    /// <summary>The services of the real process.</summary>
    public static HostServices OfThisProcess()
    {
        var (output, screen) = (Console.Out, new Screen(Console.Error, !Console.IsErrorRedirected, Width));

        // What libraries print comes line by line to the screen: the standard output is for results alone, and a live line stays whole.
        Console.SetOut(screen.Log);
        Console.SetError(screen.Log);
        return new HostServices
        {
            Out = output,
            Screen = screen,
            OutIsTerminal = !Console.IsOutputRedirected,
            Variable = Environment.GetEnvironmentVariable,
            BaseFolder = AppContext.BaseDirectory,
            Launcher = LauncherOfThisProcess(),
            HasGpu = File.Exists("/dev/nvidiactl"),
            Runner = settings => new NodeJobRunner(settings, Environment.GetEnvironmentVariable),
        };
    }

    private static string[] LauncherOfThisProcess()
    {
        if (Environment.GetEnvironmentVariable("ACTORSEG_LAUNCHER") is { Length: > 0 } script) return [script];
        var program = Path.Combine(AppContext.BaseDirectory, "actorseg.dll");
        return Environment.ProcessPath is { } process && Path.GetFileNameWithoutExtension(process) != "dotnet" ? [process] : [Environment.ProcessPath ?? "dotnet", program];
    }

    private static int Width()
    {
        try
        {
            return Console.WindowWidth is > 20 and var width ? width : 80;
        }
        catch (IOException)
        {
            return 80;
        }
    }
}
