using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>
/// What can be said to and by a prediction job. Its workers ask for work and answer to the job alone; volumes and logits pass by reference with the message, and
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

    /// <summary>The case's memory is leased, from now until it is exported or given up.</summary>
    public sealed record CaseAdmitted(CaseId Case, int Attempt);

    /// <summary>The case cannot have the memory it needs, or its header cannot be read.</summary>
    public sealed record CaseRefused(CaseId Case, int Attempt, Exception Cause);

    /// <summary>For a case loader: read and preprocess this case.</summary>
    public sealed record LoadCase(CaseId Case, int Attempt);

    /// <summary>The case is in memory, preprocessed.</summary>
    public sealed record CaseLoaded(CaseId Case, int Attempt, PreprocessedCase Loaded);

    /// <summary>For the predictor: logits of this case by this fold.</summary>
    public sealed record PredictFold(CaseId Case, int Attempt, int Fold, PreprocessedCase Loaded);

    /// <summary>How far the predictor is with a fold.</summary>
    public sealed record TilesPredicted(CaseId Case, int Attempt, int Fold, int Done, int Tiles);

    /// <summary>The fold's logits (heads, preprocessed axes).</summary>
    public sealed record FoldPredicted(CaseId Case, int Attempt, int Fold, Logits Logits) : ICarriesLogits;

    /// <summary>For the ensembler: take this fold's logits.</summary>
    public sealed record AddFold(CaseId Case, int Attempt, int Fold, Logits Logits) : ICarriesLogits;

    /// <summary>The fold is taken; with the last one come the averaged logits.</summary>
    public sealed record FoldAdded(CaseId Case, int Attempt, int Fold, Logits? Averaged) : ICarriesLogits
    {
        Logits? ICarriesLogits.Logits => Averaged;
    }

    /// <summary>For an exporter: decide labels and write them.</summary>
    public sealed record ExportCase(CaseId Case, int Attempt, Logits Logits, CaseProperties Properties) : ICarriesLogits;

    /// <summary>The label map is on disk.</summary>
    public sealed record CaseExported(CaseId Case, int Attempt);

    /// <summary>A message that passes logits on. One that nobody receives has them disposed as a dead letter.</summary>
    public interface ICarriesLogits
    {
        /// <summary>The receiver's, which disposes them.</summary>
        Logits? Logits { get; }
    }
}
