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

// A training under its actors against a bare loop of the same steps on the same ready batch, stretch by stretch in turn. Arguments: HOCON_FILE BATCH PRECISION STRETCH PAIRS.
int Number(int index) => int.Parse(args[index], CultureInfo.InvariantCulture);
var config = ConfigurationFactory.ParseString(File.ReadAllText(args[0]));
var precision = args[2] == "bf16" ? Precision.Bf16 : Precision.Fp32;
var (stretch, pairs) = (Number(3), Number(4));
var options = new TrainingOptions { BatchSize = Number(1), Epochs = 1, IterationsPerEpoch = stretch * (pairs + 1), ValidationIterations = 1, Seed = 1, Precision = precision };
Devices.UseThreads(2);
using var system = ActorSystem.Create("bench", config);
using var batch = Hippocampus.Batch(options.BatchSize);
system.ActorOf(BatchReaper.Props());
var budget = system.ActorOf(RamBudget.Props(NodeSettings.From(config).Memory));
using var engines = new ReadyEngines(options, batch, "cpu", stretch);
var plan = new TrainingPlan("bench", ".", new Fold(0), options, new LoadingPlan(1, 1, 4, 1L << 32, TimeSpan.FromMinutes(1), false), TimeSpan.FromMinutes(10)) { TakesTurns = true };
var ending = new TaskCompletionSource<object>();
var owner = system.ActorOf(Props.Create(() => new Owner(ending)));
var run = system.ActorOf(TrainingRun.Props(plan, engines, owner, budget, SupervisionTable.From(config), TimeProvider.System));
var end = await ending.Task;
await run.GracefulStop(TimeSpan.FromSeconds(10));
if (end is not StageProtocol.StageFinished) throw new InvalidOperationException($"the training ended with {end}");

double[] ratios = [.. engines.Pairs.Select(p => p.Actors / p.Bare).Order()];
double[] gaps = [.. engines.Gaps.Order()];
var (actors, bare) = (engines.Pairs.Average(p => p.Actors), engines.Pairs.Average(p => p.Bare));
var (mean, error) = (ratios.Average(), Math.Sqrt(ratios.Sum(r => (r - ratios.Average()) * (r - ratios.Average())) / (ratios.Length - 1) / ratios.Length));
void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
Say($"batch {args[1]}, {args[2]}, {pairs} pairs of {stretch} steps: bare {bare * 1000:F1} ms a step, under actors {actors * 1000:F1} ms");
Say($"ratio: of all {actors / bare:F4}, median {ratios[ratios.Length / 2]:F4}, quartiles {ratios[ratios.Length / 4]:F4} to {ratios[ratios.Length * 3 / 4]:F4}, mean {mean:F4} with a standard error of {error:F4}");
Say($"between two steps: median {gaps[gaps.Length / 2] * 1000:F3} ms, 99 of 100 within {gaps[gaps.Length * 99 / 100] * 1000:F3} ms ({gaps.Length} gaps)");
await system.Terminate();

/// <summary>Hears of the training's end.</summary>
internal sealed class Owner : ReceiveActor
{
    public Owner(TaskCompletionSource<object> ending)
    {
        Receive<JobEvent>(_ => { });
        ReceiveAny(message => ending.TrySetResult(message));
    }
}
