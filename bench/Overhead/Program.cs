using System.Diagnostics;
using System.Globalization;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Bench.Overhead;
using ActorSeg.Bench.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;
using Akka.Actor;
using Akka.Configuration;

// A training under its actors against a bare loop of the same steps on the same ready batches, in turn. Arguments: HOCON_FILE BATCH PRECISION STEPS ROUNDS.
const int Skip = 3;
int Number(int index) => int.Parse(args[index], CultureInfo.InvariantCulture);
var config = ConfigurationFactory.ParseString(File.ReadAllText(args[0]));
var precision = args[2] == "bf16" ? Precision.Bf16 : Precision.Fp32;
var (steps, rounds) = (Number(3) + Skip + 1, Number(4));
var options = new TrainingOptions { BatchSize = Number(1), Epochs = 1, IterationsPerEpoch = steps, ValidationIterations = 1, Seed = 1, Precision = precision };
Devices.UseThreads(2);
using var system = ActorSystem.Create("bench", config);
using var batch = Hippocampus.Batch(options.BatchSize);
system.ActorOf(BatchReaper.Props());
var budget = system.ActorOf(RamBudget.Props(NodeSettings.From(config).Memory));
var (ratios, gaps) = (new List<double>(), new List<double>());
for (var round = 0; round < rounds; round++)
{
    var (bare, actors) = round % 2 == 0 ? (Bare(), await Actors()) : Swapped(await Actors(), Bare());
    ratios.Add(actors / bare);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  bare {bare * 1000:F1} ms a step, under actors {actors * 1000:F1} ms: {actors / bare:F4}"));
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"batch {args[1]}, {args[2]}: median of {rounds} pairs {ratios.Order().ElementAt(rounds / 2):F4}"));
gaps.Sort();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"between two steps: median {gaps[gaps.Count / 2] * 1000:F3} ms, 99 of 100 within {gaps[gaps.Count * 99 / 100] * 1000:F3} ms ({gaps.Count} gaps)"));
await system.Terminate();

static (double, double) Swapped(double actors, double bare) => (bare, actors);

double Bare()
{
    var took = 0.0;
    // A thread of its own, as the trainer has: malloc treats the main thread otherwise.
    var thread = new Thread(() => took = Loop(), 16 << 20);
    thread.Start();
    thread.Join();
    return took;
}

double Loop()
{
    using var session = new TrainingSession(Hippocampus.Configuration(options.BatchSize), Hippocampus.Labels, 1, options, "cpu");
    long begun = 0, ended = 0;
    for (var step = 0; step < steps; step++)
    {
        session.Step(batch, epoch: 0);
        ended = Stopwatch.GetTimestamp();
        if (step == Skip) begun = ended;
    }

    return Stopwatch.GetElapsedTime(begun, ended).TotalSeconds / (steps - 1 - Skip);
}

async Task<double> Actors()
{
    var engines = new ReadyEngines(options, batch, "cpu");
    var plan = new TrainingPlan("bench", ".", new Fold(0), options, new LoadingPlan(1, 1, 4, 1L << 32, TimeSpan.FromMinutes(1), false), TimeSpan.FromMinutes(10));
    var ending = new TaskCompletionSource<object>();
    var owner = system.ActorOf(Props.Create(() => new Owner(ending)));
    var run = system.ActorOf(TrainingRun.Props(plan, engines, owner, budget, SupervisionTable.From(config), TimeProvider.System));
    var end = await ending.Task;
    await run.GracefulStop(TimeSpan.FromSeconds(10));
    if (end is not StageProtocol.StageFinished) throw new InvalidOperationException($"the training ended with {end}");
    gaps.AddRange(engines.Gaps(Skip));
    var (seconds, counted) = engines.Measured(Skip);
    return seconds / counted;
}

/// <summary>Hears of the training's end.</summary>
internal sealed class Owner : ReceiveActor
{
    public Owner(TaskCompletionSource<object> ending)
    {
        Receive<JobEvent>(_ => { });
        ReceiveAny(message => ending.TrySetResult(message));
    }
}
