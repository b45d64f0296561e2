namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>The cases of a cascade's second stage: each comes with what the stage before predicted for it.</summary>
/// <param name="store">The preprocessed cases.</param>
/// <param name="previous">The predictions.</param>
public sealed class CascadeCaseStore(ICaseStore store, PreviousStage previous) : ICaseStore
{
    /// <inheritdoc/>
    public IReadOnlyList<CaseId> Cases => store.Cases;

    /// <summary>Opens a case and its prediction.</summary>
    /// <exception cref="DataException">One of them is missing or damaged, or they are of different sizes.</exception>
    public IStoredCase Open(CaseId id)
    {
        var stored = store.Open(id);
        try
        {
            var labels = previous.Open(id);
            if (labels.Shape == stored.Shape) return new CascadeCase(stored, labels);
            labels.Dispose();
            throw new DataException(
                $"{id}", $"has {stored.Shape} voxels where the prediction of the stage before has {labels.Shape}", "validate the stage before again, with all folds");
        }
        catch
        {
            stored.Dispose();
            throw;
        }
    }

    private sealed class CascadeCase(IStoredCase stored, IPreviousLabels previous) : IStoredCase
    {
        public int Channels => stored.Channels;

        public VolumeShape Shape => stored.Shape;

        public CaseProperties Properties => stored.Properties;

        public bool HasPreviousLabels => true;

        public void ReadImage(Box box, Span<float> target) => stored.ReadImage(box, target);

        public void ReadLabels(Box box, Span<short> target) => stored.ReadLabels(box, target);

        public void ReadPreviousLabels(Box box, Span<short> target) => previous.Read(box, target);

        public void Dispose()
        {
            previous.Dispose();
            stored.Dispose();
        }
    }
}
