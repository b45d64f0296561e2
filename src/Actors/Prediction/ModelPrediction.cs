using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>What predictions of raw images and of preprocessed cases have in common: a model, and how it predicts.</summary>
internal abstract class ModelPrediction(TrainedModel model, PredictorOptions options, Action<string> told) : IPredictionWork
{
    public abstract string Stage { get; }

    public abstract IReadOnlyList<CaseId> Cases { get; }

    public int Folds => model.Folds.Count;

    public virtual int Loaders => 1;

    public virtual int Exporters => 1;

    protected TrainedModel Model => model;

    protected PredictorOptions Options => options;

    protected Action<string> Told => told;

    public abstract long PeakBytes(CaseId id);

    public PreprocessedCase Load(CaseId id, CancellationToken stop) => InMemory(id, "read and prepare", () => Read(id, stop));

    public IPredictionEngine CreateEngine() => new Engine(new FoldNetwork(model, options, text => told($"{Stage}: {text}")));

    public Logits AddFold(Logits? sum, Logits logits) => FoldAverage.Add(sum, logits);

    public Logits Average(Logits sum) => FoldAverage.Divide(sum, Folds);

    public void Export(CaseId id, Logits logits, CaseProperties properties, CancellationToken stop) =>
        InMemory(id, "export", () =>
        {
            Write(id, logits, properties, stop);
            return true;
        });

    public abstract JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined);

    /// <summary>See <see cref="Load"/>.</summary>
    protected abstract PreprocessedCase Read(CaseId id, CancellationToken stop);

    /// <summary>See <see cref="Export"/>.</summary>
    protected abstract void Write(CaseId id, Logits logits, CaseProperties properties, CancellationToken stop);

    // The lease was an estimate, or others took what there was: that case fails with a sentence, and the others go on.
    private static T InMemory<T>(CaseId id, string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OutOfMemoryException e)
        {
            throw new ResourceException($"there is not enough memory to {what} {id}; close other programs, or lower actorseg.memory.limit so that fewer cases are under way", e);
        }
    }

    private sealed class Engine(FoldNetwork network) : IPredictionEngine
    {
        public Logits Predict(PreprocessedCase loaded, int fold, IProgress<(int Done, int Tiles)> progress, CancellationToken stop) =>
            network.Predict(loaded.Data, fold, progress, stop);

        public void Dispose() => network.Dispose();
    }
}
