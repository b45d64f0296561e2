using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>What a prediction job asks of Compute: a job's cases, its models and where label maps go. Load and Export are called from one thread each.</summary>
public interface IPredictionWork
{
    /// <summary>Named in progress and errors: "predict", "validate".</summary>
    string Stage { get; }

    /// <summary>The cases to predict, in order.</summary>
    IReadOnlyList<CaseId> Cases { get; }

    /// <summary>How many models are averaged.</summary>
    int Folds { get; }

    /// <summary>The most bytes the job holds at once: one case loading, one predicted, one averaged, one exported.</summary>
    long PeakBytes { get; }

    /// <summary>Reads and preprocesses a case.</summary>
    PreprocessedCase Load(CaseId id, CancellationToken stop);

    /// <summary>Makes the predictor's network, on its thread.</summary>
    IPredictionEngine CreateEngine();

    /// <summary>Adds a fold's logits to the sum so far (null for the first), which is the caller's to go on using.</summary>
    Volume<float> AddFold(Volume<float>? sum, Volume<float> logits);

    /// <summary>Divides the sum by the number of folds.</summary>
    Volume<float> Average(Volume<float> sum);

    /// <summary>Decides labels and writes them, durably.</summary>
    void Export(CaseId id, Volume<float> logits, CaseProperties properties, CancellationToken stop);

    /// <summary>Called once at the end.</summary>
    JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined);
}

/// <summary>The predictor's network and its weights. Used from one thread.</summary>
public interface IPredictionEngine : IDisposable
{
    /// <summary>Logits (heads, axes of the preprocessed case) by one fold's weights.</summary>
    Volume<float> Predict(PreprocessedCase loaded, int fold, CancellationToken stop);
}
