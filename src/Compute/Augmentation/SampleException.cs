namespace ActorSeg.Compute.Augmentation;

/// <summary>A sample of a batch could not be built.</summary>
/// <param name="id">Whose patch it was.</param>
/// <param name="key">Which batch.</param>
/// <param name="inner">Why: mostly a <see cref="DataException"/> that names the file.</param>
public sealed class SampleException(CaseId id, BatchKey key, Exception inner)
    : Exception($"case {id} for batch {key.Index} of epoch {key.Epoch}: {inner.Message}", inner)
{
    /// <summary>Whose patch it was.</summary>
    public CaseId Case { get; } = id;

    /// <summary>Which batch.</summary>
    public BatchKey Key { get; } = key;
}
