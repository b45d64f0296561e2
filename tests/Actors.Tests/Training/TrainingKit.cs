using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Training;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>A training of a few iterations under its actors, with engines that fail on command. What it tells its owner comes to the test.</summary>
public abstract class TrainingKit : TestKit
{
    private protected const int Epochs = 3, Iterations = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private protected TrainingKit(string config) : base(config) => Sys.ActorOf(BatchReaper.Props());

    private protected static TrainingOptions Options => new() { BatchSize = 2, Epochs = Epochs, IterationsPerEpoch = Iterations, ValidationIterations = 2, Seed = 1 };

    private protected FakeEngines Engines { get; } = new();

    private protected RunCheckpoint LastWritten() => Engines.Written.Last(w => w.Kind != CheckpointKind.Best).Checkpoint;

    /// <summary>The weight after every iteration of so many epochs, each once.</summary>
    private protected static float Expected(int epochs = Epochs) =>
        Enumerable.Range(0, epochs).SelectMany(e => Enumerable.Range(0, Iterations).Select(i => FakeEngines.ValueOf(new BatchKey(1, new Fold(0), false, e, i)))).Sum();

    private protected static TrainingPlan Plan(LoadingPlan loading, TimeSpan interval, TrainingOptions? options = null) => new("test", "folder", new Fold(0), options ?? Options, loading, interval);

    private protected IActorRef Run(TrainingPlan plan, TimeProvider time, string supervision = "", string backoff = "1ms")
    {
        var quick = string.Join('\n', SupervisionTable.Names.Select(name => $"{name}.backoff = {backoff}"));
        var rules = SupervisionTable.From(ConfigurationFactory.ParseString($"actorseg.supervision {{\n{quick}\n{supervision}\n}}"));
        return Sys.ActorOf(TrainingRun.Props(plan, Engines, TestActor, Sys.ActorOf(RamBudget.Props(new MemoryBudget(1000, 1000))), rules, time));
    }

    /// <summary>Waits for what another thread is going to reach, and fails where it does not.</summary>
    private protected static void Await(ManualResetEventSlim reached) => Assert.True(reached.Wait(Patience), $"not reached within {Patience}");
}
