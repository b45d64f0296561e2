using ActorSeg.Compute.Inference;
using Akka.Actor;
using static ActorSeg.Actors.Prediction.PredictionProtocol;

namespace ActorSeg.Actors.Prediction;

// Workers have a thread each and do one thing at a time. What they throw kills them: the job replaces them and starts the case over.

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
            var logits = _engine!.Predict(m.Loaded, m.Fold, new Tiles(Context.Parent, m), stop);
            Context.Parent.Tell(new FoldPredicted(m.Case, m.Attempt, m.Fold, logits));
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

    // A slice of a 2D network is a tile: a hundred words a fold are enough.
    private sealed class Tiles(IActorRef job, PredictFold at) : IProgress<(int Done, int Tiles)>
    {
        private int _told;

        public void Report((int Done, int Tiles) value)
        {
            var hundredth = 100L * value.Done / value.Tiles;
            if (hundredth == _told) return;
            _told = (int)hundredth;
            job.Tell(new TilesPredicted(at.Case, at.Attempt, at.Fold, value.Done, value.Tiles));
        }
    }
}

/// <summary>Averages the folds of a case. Holds one sum of logits.</summary>
public sealed class Ensembler : ReceiveActor
{
    private Logits? _sum;
    private (Compute.CaseId, int) _of;

    /// <param name="work">Compute's side.</param>
    public Ensembler(IPredictionWork work) => Receive<AddFold>(m =>
    {
        if (_of != (m.Case, m.Attempt)) Forget();
        _of = (m.Case, m.Attempt);
        try
        {
            _sum = work.AddFold(_sum, m.Logits);
        }
        catch
        {
            m.Logits.Dispose();
            throw;
        }

        var last = m.Fold + 1 == work.Folds;
        Context.Parent.Tell(new FoldAdded(m.Case, m.Attempt, m.Fold, last ? work.Average(_sum) : null));
        if (last) _sum = null;
        Context.Parent.Tell(WantWork.Instance);
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);

    /// <inheritdoc/>
    protected override void PostStop() => Forget();

    private void Forget()
    {
        _sum?.Dispose();
        _sum = null;
    }
}

/// <summary>Decides labels and writes them. Holds one case's logits.</summary>
public sealed class Exporter : ReceiveActor
{
    /// <param name="work">Compute's side.</param>
    /// <param name="stop">Cancelled when the job stops.</param>
    public Exporter(IPredictionWork work, CancellationToken stop) => Receive<ExportCase>(m =>
    {
        using (m.Logits) work.Export(m.Case, m.Logits, m.Properties, stop);
        Context.Parent.Tell(new CaseExported(m.Case, m.Attempt));
        Context.Parent.Tell(WantWork.Instance);
    });

    /// <inheritdoc/>
    protected override void PreStart() => Context.Parent.Tell(WantWork.Instance);
}
