using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using Akka.Actor;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>A training in real time, its faults set by the test, and what its end must be like whatever happened.</summary>
public abstract class TrainingFaultKit : TrainingKit
{
    private protected TrainingFaultKit(string config) : base(config)
    {
    }

    private protected Exception Failed() => ((StageFailed)FishForMessage(m => m is StageFailed or StageFinished)).Cause;

    private protected TrainResult Finished() => (TrainResult)((StageFinished)FishForMessage(m => m is StageFinished or StageFailed)).Result;

    private protected IActorRef Start(
        string supervision = "", int augmenters = 1, Func<BatchKey, bool>? gate = null, bool strict = false, bool inline = false, SkipLimit? skips = null, Precision precision = Precision.Fp32,
        bool takesTurns = true)
    {
        if (gate is not null) Engines.Gate = new FakeGate(gate);
        var loading = new LoadingPlan(augmenters, augmenters, Prefetch: 3, Buffer: 1000, TimeSpan.FromMinutes(10), strict);
        var plan = Plan(loading, TimeSpan.FromHours(1), Options with { Precision = precision }) with
        {
            Run = RunSettings.Default with { InlineValidation = inline, Skips = skips ?? RunSettings.Default.Skips },
            TakesTurns = takesTurns,
        };
        return Run(plan, TimeProvider.System, supervision);
    }

    private protected void CheckEnd()
    {
        Assert.Equal(Expected(), FakeEngines.Weight(LastWritten()));
        // Whatever was built is disposed: by its receiver, by a loader that stops, or as a dead letter.
        AwaitAssert(() => Assert.Equal(0, Engines.Alive));
    }
}
