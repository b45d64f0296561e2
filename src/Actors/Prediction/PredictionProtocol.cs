using ActorSeg.Compute;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>
/// What can be said to and by a prediction job. Its four workers ask for work and answer to the job alone; volumes pass by reference with the message, and
/// belong to the receiver. Every answer carries the attempt it belongs to.
/// </summary>
public static class PredictionProtocol
{
    /// <summary>The sender is idle.</summary>
    public sealed record WantWork
    {
        /// <summary>The one instance.</summary>
        public static WantWork Instance { get; } = new();
    }

    /// <summary>For the case loader: read and preprocess this case.</summary>
    public sealed record LoadCase(CaseId Case, int Attempt);

    /// <summary>The case is in memory, preprocessed.</summary>
    public sealed record CaseLoaded(CaseId Case, int Attempt, PreprocessedCase Loaded);

    /// <summary>For the predictor: logits of this case by this fold.</summary>
    public sealed record PredictFold(CaseId Case, int Attempt, int Fold, PreprocessedCase Loaded);

    /// <summary>The fold's logits (heads, preprocessed axes).</summary>
    public sealed record FoldPredicted(CaseId Case, int Attempt, int Fold, Volume<float> Logits);

    /// <summary>For the ensembler: take this fold's logits.</summary>
    public sealed record AddFold(CaseId Case, int Attempt, int Fold, Volume<float> Logits);

    /// <summary>The fold is taken; with the last one come the averaged logits.</summary>
    public sealed record FoldAdded(CaseId Case, int Attempt, int Fold, Volume<float>? Averaged);

    /// <summary>For the exporter: decide labels and write them.</summary>
    public sealed record ExportCase(CaseId Case, int Attempt, Volume<float> Logits, CaseProperties Properties);

    /// <summary>The label map is on disk.</summary>
    public sealed record CaseExported(CaseId Case, int Attempt);
}
