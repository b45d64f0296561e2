using ActorSeg.Actors.Prediction;
using ActorSeg.Compute.Networks;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <content>Prediction, of raw images and of a training's validation cases.</content>
public sealed partial class JobStages
{
    private Stage Predict(PredictJob job, string experiment) => new($"prediction-{experiment}", context =>
    {
        Devices.UseThreads(context.Settings.TorchThreads);
        var work = ModelWork.Open(job, _plugins, context.Settings, told => context.Owner.Tell(new JobWarning(told)));
        return PredictionJob.Props(work, context.Owner, context.RamBudget, context.Rules);
    });
}
