namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>A case that a <see cref="CaseStore"/> opened and verified.</summary>
internal sealed class StoredCase(StoredCaseArray<float> image, StoredCaseArray<short> labels, CaseProperties properties) : IStoredCase
{
    public int Channels => image.Channels;

    public VolumeShape Shape => image.Shape;

    public CaseProperties Properties => properties;

    public void ReadImage(Box box, Span<float> target) => image.Read(box, target, 0f);

    public void ReadLabels(Box box, Span<short> target) => labels.Read(box, target, -1);

    public void Dispose()
    {
        image.Dispose();
        labels.Dispose();
    }
}
