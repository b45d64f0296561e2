using ActorSeg.Actors.Experiments;
using ActorSeg.Host.Commands;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Tests.Support;

/// <summary>Runs command lines in the test's own process, with jobs that are only recorded.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly TemporaryFolder _base = new();
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public CommandLine(string settings = "actorseg { train { prefetch = 4 } }")
    {
        Directory.CreateDirectory(_base.File("config"));
        File.WriteAllText(_base.File("config", "akka.hocon"), settings);
        Host = new HostServices
        {
            Out = _out,
            Screen = new Screen(_error, isTerminal: false, () => 80),
            Time = Clock,
            Variable = name => Variables.GetValueOrDefault(name),
            BaseFolder = _base.Path,
            Runner = given =>
            {
                Settings = given;
                return Runner;
            },
        };
    }

    public HostServices Host { get; set; }

    public ManualClock Clock { get; } = new();

    public RecordingRunner Runner { get; } = new();

    public Dictionary<string, string?> Variables { get; } = new()
    {
        ["nnUNet_raw"] = "/raw",
        ["nnUNet_preprocessed"] = "/preprocessed",
        ["nnUNet_results"] = "/results",
    };

    /// <summary>What the jobs were run with.</summary>
    public Settings? Settings { get; private set; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public string BaseFolder => _base.Path;

    public Task<int> Run(params string[] args) => Application.Run(args, Host);

    /// <summary>The request a command line makes, without running it.</summary>
    public JobRequest Request(params string[] args)
    {
        var parsed = Application.Parse(CommandTree.Create(Host), args);
        return ((JobVerb)parsed.CommandResult.Command).Request(parsed);
    }

    public T Job<T>(params string[] args)
        where T : Job => Assert.IsType<T>(Assert.Single(Request(args).Jobs));

    public void Dispose() => _base.Dispose();
}

/// <summary>Keeps the jobs, tells events, and gives the results or the failure it was told to.</summary>
internal sealed class RecordingRunner : IJobRunner
{
    private readonly Queue<IReadOnlyList<JobResult>> _results = new();

    public List<Job> Jobs { get; } = [];

    public Exception? Failure { get; set; }

    public List<JobEvent> Events { get; } = [];

    /// <summary>Called with the wish to stop while the jobs run.</summary>
    public Action<CancellationToken>? While { get; set; }

    public void Gives(params JobResult[] results) => _results.Enqueue(results);

    public Task<IReadOnlyList<JobResult>> Run(IReadOnlyList<Job> jobs, Action<JobEvent> onEvent, CancellationToken stop)
    {
        Jobs.AddRange(jobs);
        Events.ForEach(onEvent);
        While?.Invoke(stop);
        return Failure is null ? Task.FromResult(_results.Dequeue()) : Task.FromException<IReadOnlyList<JobResult>>(Failure);
    }
}
