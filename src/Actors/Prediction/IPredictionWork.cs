using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>What a prediction job asks of Compute: its cases, its models and where label maps go. Each method is called from several threads, with another case each.</summary>
public interface IPredictionWork
{
    /// <summary>Named in progress and errors: "predict", "validate".</summary>
    string Stage { get; }

    /// <summary>The cases to predict, in order.</summary>
    IReadOnlyList<CaseId> Cases { get; }

    /// <summary>How many models are averaged.</summary>
    int Folds { get; }

    /// <summary>Cases read at once at most.</summary>
    int Loaders { get; }

    /// <summary>Cases written at once at most.</summary>
    int Exporters { get; }

    /// <summary>The most bytes a case holds at once on its way: while it is loaded, predicted or exported. May read its header.</summary>
    long PeakBytes(CaseId id);

    /// <summary>Reads and preprocesses a case.</summary>
    PreprocessedCase Load(CaseId id, CancellationToken stop);

    /// <summary>Makes the predictor's network, on its thread.</summary>
    IPredictionEngine CreateEngine();

    /// <summary>Adds a fold's logits to the sum so far (null for the first), and disposes them where they are not the sum themselves.</summary>
    Logits AddFold(Logits? sum, Logits logits);

    /// <summary>Divides the sum by the number of folds.</summary>
    Logits Average(Logits sum);

    /// <summary>Decides labels and writes them, durably. The logits stay the caller's.</summary>
    void Export(CaseId id, Logits logits, CaseProperties properties, CancellationToken stop);

    /// <summary>Called once at the end.</summary>
    JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined);
}

/// <summary>The predictor's network and its weights. Used from one thread.</summary>
public interface IPredictionEngine : IDisposable
{
    /// <summary>Logits (heads, axes of the preprocessed case) by one fold's weights, the caller's to dispose.</summary>
    /// <param name="loaded">The case.</param>
    /// <param name="fold">Which model.</param>
    /// <param name="progress">Told after each tile.</param>
    /// <param name="stop">Looked at between tiles.</param>
    Logits Predict(PreprocessedCase loaded, int fold, IProgress<(int Done, int Tiles)> progress, CancellationToken stop);
}
