using Akka.Actor;
using Akka.Event;
using static ActorSeg.Actors.Prediction.PredictionProtocol;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Shared;

/// <summary>Disposes batches and logits that end as dead letters: their receiver died before it could own them.</summary>
public sealed class BatchReaper : ReceiveActor
{
    /// <summary>Listens to every dead letter of the system.</summary>
    public static Props Props() => Akka.Actor.Props.Create(() => new BatchReaper());

    /// <summary>Listens to every dead letter of the system.</summary>
    public BatchReaper() => Receive<AllDeadLetters>(letter =>
    {
        (letter.Message as ICarriesBatch)?.Batch.Dispose();
        (letter.Message as ICarriesLogits)?.Logits?.Dispose();
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(AllDeadLetters));
}
