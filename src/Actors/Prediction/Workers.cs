using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Prediction.PredictionProtocol;

namespace ActorSeg.Actors.Prediction;

// Four workers, each on its own thread, each doing one thing at a time. What they throw kills them: the job replaces them and starts the case over.

/// <summary>Reads and preprocesses cases. Holds one case's working set.</summary>
public sealed class CaseLoader : ReceiveActor
{
    /// <param name="work">Compute's side.</param>
    /// <param name="stop">Cancelled when the job stops.</param>
    public CaseLoader(IPredictionWork work, CancellationToken stop) => Receive<LoadCase>(m =>
    {
        Context.Parent.Tell(new CaseLoaded(m.Case, m.Attempt, work.Load(m.Case, stop)));
        Context.Parent.Tell(WantWork.Instance);
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);
}

/// <summary>Owns the network. Holds one case and its logits.</summary>
public sealed class Predictor : ReceiveActor
{
    private readonly IPredictionWork _work;
    private IPredictionEngine? _engine;

    /// <param name="work">Compute's side.</param>
    /// <param name="stop">Cancelled when the job stops.</param>
    public Predictor(IPredictionWork work, CancellationToken stop)
    {
        _work = work;
        Receive<PredictFold>(m =>
        {
            Context.Parent.Tell(new FoldPredicted(m.Case, m.Attempt, m.Fold, _engine!.Predict(m.Loaded, m.Fold, stop)));
            Context.Parent.Tell(WantWork.Instance);
        });
    }

    /// <inheritdoc/>
    protected override void PreStart()
    {
        _engine = _work.CreateEngine();
        Context.Parent.Tell(WantWork.Instance);
    }

    /// <inheritdoc/>
    protected override void PostStop() => _engine?.Dispose();
}

/// <summary>Averages the folds of a case. Holds one sum of logits.</summary>
public sealed class Ensembler : ReceiveActor
{
    private Volume<float>? _sum;
    private (CaseId, int) _of;

    /// <param name="work">Compute's side.</param>
    public Ensembler(IPredictionWork work) => Receive<AddFold>(m =>
    {
        if (_of != (m.Case, m.Attempt)) (_sum, _of) = (null, (m.Case, m.Attempt));
        _sum = work.AddFold(_sum, m.Logits);
        var last = m.Fold + 1 == work.Folds;
        Context.Parent.Tell(new FoldAdded(m.Case, m.Attempt, m.Fold, last ? work.Average(_sum) : null));
        if (last) _sum = null;
        Context.Parent.Tell(WantWork.Instance);
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);
}

/// <summary>Decides labels and writes them. Holds one case's logits.</summary>
public sealed class Exporter : ReceiveActor
{
    /// <param name="work">Compute's side.</param>
    /// <param name="stop">Cancelled when the job stops.</param>
    public Exporter(IPredictionWork work, CancellationToken stop) => Receive<ExportCase>(m =>
    {
        work.Export(m.Case, m.Logits, m.Properties, stop);
        Context.Parent.Tell(new CaseExported(m.Case, m.Attempt));
        Context.Parent.Tell(WantWork.Instance);
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);
}

/// <summary>Makes the workers of a job by name.</summary>
internal static class PredictionWorkers
{
    public static Props Props(string name, IPredictionWork work, CancellationToken stop) => (name switch
    {
        PredictionState.Loader => Akka.Actor.Props.Create(() => new CaseLoader(work, stop)),
        PredictionState.Predictor => Akka.Actor.Props.Create(() => new Predictor(work, stop)),
        PredictionState.Ensembler => Akka.Actor.Props.Create(() => new Ensembler(work)),
        PredictionState.Exporter => Akka.Actor.Props.Create(() => new Exporter(work, stop)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    }).WithDispatcher(Dispatchers.Worker);
}
