using ActorSeg.Compute.Files;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Preprocessing.Storage;

/// <summary>
/// What the stage before predicted, as the second stage of a cascade takes it in (spec 03 section 8.2): label maps on the grid of the preprocessed cases,
/// in nnU-Net's npz layout for them (<c>id.npz</c> with <c>seg.npy</c> of three axes). Ours are int16, so that boxes are read from the file; uint8
/// and uint16 are read as well. Thread-safe.
/// </summary>
/// <param name="folder"><c>.../predicted_next_stage/configuration</c>.</param>
public sealed class PreviousStage(string folder)
{
    private const string Advice = "validate the stage before with all folds, which writes it";

    private readonly VerifiedFiles _verified = new();

    /// <summary>Whether the case has been predicted.</summary>
    public bool Has(CaseId id) => File.Exists(PathOf(id, ".npz")) || File.Exists(PathOf(id, ".npy"));

    /// <summary>Writes the prediction of a case. A kill leaves it whole or as it was.</summary>
    /// <param name="id">The case.</param>
    /// <param name="labels">One channel on the grid of the preprocessed case; no value is negative.</param>
    /// <exception cref="StorageException">The disk is full or fails.</exception>
    public void Save(CaseId id, Volume<short> labels)
    {
        var (shape, path) = (labels.Shape, PathOf(id, ".npz"));
        try
        {
            Directory.CreateDirectory(folder);
            File.Delete(PathOf(id, ".npy"));
            DurableFile.WriteUnflushed(path, stream =>
            {
                var zip = new ZipWriter(stream);
                zip.Add<short>("seg.npy", NpyHeader.Make("<i2", shape.Z, shape.Y, shape.X), labels.Data);
                zip.Finish();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{path}: cannot be written ({e.Message}); free space or check the disk and its permissions", e);
        }
    }

    /// <summary>Opens the prediction of a case for reading boxes; verified at first touch.</summary>
    /// <exception cref="DataException">It is missing or damaged.</exception>
    public IPreviousLabels Open(CaseId id)
    {
        var path = PathOf(id, ".npz");
        try
        {
            return new Labels(File.Exists(path)
                ? StoredCaseReader.OpenPreviousStage(path, (PathOf(id, ".npy"), CaseStore.LockOf(folder, id)), _verified)
                : StoredCaseReader.OpenNpy<short>(PathOf(id, ".npy"), "<i2", axes: 3));
        }
        catch (DataException e)
        {
            throw new DataException(e.File, e.Message[(e.File.Length + 2)..].TrimEnd(' ', ';'), Advice, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path, $"cannot be read ({e.Message})", Advice, e);
        }
    }

    /// <summary>The input of the second stage of a stored case (<see cref="Append"/>).</summary>
    /// <exception cref="DataException">The case has not been predicted, its file is damaged, or on another grid.</exception>
    public Volume<float> AppendTo(Volume<float> image, CaseId id, IReadOnlyList<int> foreground)
    {
        using var labels = Open(id);
        if (labels.Shape != image.Shape) throw new DataException(PathOf(id, ".npz"), $"has {labels.Shape} voxels where the case has {image.Shape}", Advice);
        var values = new short[image.Shape.Voxels];
        labels.Read(Box.Whole(image.Shape), values);
        return Append(image, values, foreground);
    }

    /// <summary>The input of the second stage: the image's channels, then for each foreground label a channel that is 1 where the label is and 0 elsewhere.</summary>
    /// <param name="image">float32, (channels, axis 0, axis 1, axis 2).</param>
    /// <param name="labels">As many voxels as one channel; values that are no foreground label, such as -1 and 0, give zeros.</param>
    /// <param name="foreground">Foreground labels in order.</param>
    public static Volume<float> Append(Volume<float> image, ReadOnlySpan<short> labels, IReadOnlyList<int> foreground)
    {
        if (labels.Length != image.Shape.Voxels) throw new ArgumentException($"{labels.Length} labels for an image of {image.Shape}", nameof(labels));
        var result = new Volume<float>(image.Channels + foreground.Count, image.Shape);
        image.Data.CopyTo(result.Data, 0);
        for (var n = 0; n < foreground.Count; n++) LabelResize.Mask(labels, checked((short)foreground[n]), result.Channel(image.Channels + n));
        return result;
    }

    private string PathOf(CaseId id, string ending) => CaseStore.PathOf(folder, id, ending);

    private sealed class Labels(StoredCaseArray<short> array) : IPreviousLabels
    {
        public VolumeShape Shape => array.Shape;

        public void Read(Box box, Span<short> target) => array.Read(box, target, -1);

        public void Dispose() => array.Dispose();
    }
}

/// <summary>The label map that the stage before predicted for one case.</summary>
public interface IPreviousLabels : IDisposable
{
    /// <summary>That of the preprocessed case.</summary>
    VolumeShape Shape { get; }

    /// <summary>Copies a box; what lies outside becomes -1.</summary>
    /// <param name="box">May reach beyond the volume.</param>
    /// <param name="target">box voxels, C order.</param>
    void Read(Box box, Span<short> target);
}
