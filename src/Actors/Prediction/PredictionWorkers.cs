using ActorSeg.Actors.Shared;
using Akka.Actor;

namespace ActorSeg.Actors.Prediction;

/// <summary>The workers of a job: their names, and how each is made.</summary>
internal static class PredictionWorkers
{
    /// <summary>All names of a job's workers.</summary>
    public static IEnumerable<string> Names(IPredictionWork work) =>
    [
        .. Enumerable.Range(1, Math.Max(1, work.Loaders)).Select(n => $"{PredictionState.Loader}-{n}"), PredictionState.Predictor, PredictionState.Ensembler,
        .. Enumerable.Range(1, Math.Max(1, work.Exporters)).Select(n => $"{PredictionState.Exporter}-{n}"),
    ];

    /// <summary>What a worker does, by its name; supervision rules go by it.</summary>
    public static string Role(string name) => name.TrimEnd("0123456789".ToCharArray()).TrimEnd('-');

    /// <summary>Makes one.</summary>
    public static Props Props(string name, IPredictionWork work, CancellationToken stop) => (Role(name) switch
    {
        PredictionState.Loader => Akka.Actor.Props.Create(() => new CaseLoader(work, stop)),
        PredictionState.Predictor => Akka.Actor.Props.Create(() => new Predictor(work, stop)),
        PredictionState.Ensembler => Akka.Actor.Props.Create(() => new Ensembler(work)),
        PredictionState.Exporter => Akka.Actor.Props.Create(() => new Exporter(work, stop)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    }).WithDispatcher(Dispatchers.Worker);
}
