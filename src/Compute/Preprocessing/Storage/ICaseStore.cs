namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>A folder of preprocessed cases, open for reading patches from any thread.</summary>
public interface ICaseStore
{
    /// <summary>The cases in the folder, sorted.</summary>
    IReadOnlyList<CaseId> Cases { get; }

    /// <summary>Opens a case; verified against its checksums at first touch. Disposing the result lets go of what it holds in memory.</summary>
    /// <exception cref="DataException">The case is missing, truncated or damaged.</exception>
    IStoredCase Open(CaseId id);
}

/// <summary>What any store can do.</summary>
public static class CaseStoreExtensions
{
    /// <summary>Reads a whole case into memory.</summary>
    /// <exception cref="DataException">The case is missing, truncated or damaged.</exception>
    public static PreprocessedCase Load(this ICaseStore store, CaseId id)
    {
        using var stored = store.Open(id);
        var (image, labels) = (new Volume<float>(stored.Channels, stored.Shape), new Volume<short>(1, stored.Shape));
        stored.ReadImage(Box.Whole(stored.Shape), image.Data);
        stored.ReadLabels(Box.Whole(stored.Shape), labels.Data);
        return new PreprocessedCase(image, labels, stored.Properties);
    }
}

/// <summary>One preprocessed case; reading a patch copies only that patch.</summary>
public interface IStoredCase : IDisposable
{
    /// <summary>Image channels.</summary>
    int Channels { get; }

    /// <summary>Extent after resampling.</summary>
    VolumeShape Shape { get; }

    /// <summary>What undoes the preprocessing, and the class locations.</summary>
    CaseProperties Properties { get; }

    /// <summary>Copies a box of all image channels; what lies outside the volume becomes 0.</summary>
    /// <param name="box">May reach beyond the volume.</param>
    /// <param name="target">channels x box voxels, C order.</param>
    void ReadImage(Box box, Span<float> target);

    /// <summary>Copies a box of the label map; what lies outside the volume becomes -1.</summary>
    /// <param name="box">May reach beyond the volume.</param>
    /// <param name="target">box voxels, C order.</param>
    void ReadLabels(Box box, Span<short> target);

    /// <summary>Whether the prediction of the stage before was opened with the case.</summary>
    bool HasPreviousLabels => false;

    /// <summary>Copies a box of the label map that the stage before predicted; what lies outside the volume becomes -1.</summary>
    /// <param name="box">May reach beyond the volume.</param>
    /// <param name="target">box voxels, C order.</param>
    /// <exception cref="InvalidOperationException">It was not opened (<see cref="CascadeCaseStore"/>).</exception>
    void ReadPreviousLabels(Box box, Span<short> target) => throw new InvalidOperationException("the case was opened without the stage before");
}
