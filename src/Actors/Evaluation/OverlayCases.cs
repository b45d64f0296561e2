using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Actors.Evaluation;

/// <summary>One slice of a training case with its labels.</summary>
/// <param name="Case">Its name.</param>
/// <param name="File">Named where it fails.</param>
/// <param name="Voxels">From its header.</param>
/// <param name="Load">The image's channel and the labels, C order.</param>
internal sealed record OverlaySource(CaseId Case, string File, Func<long> Voxels, Func<(float[] Image, short[] Labels, VolumeShape Shape)> Load)
{
    /// <summary>Of raw files: the reader's axes.</summary>
    public static OverlaySource Raw(RawCase raw, int channel, IImageReaderWriter reader)
    {
        // A picture with colours is one file of several channels.
        var (file, inFile) = channel < raw.Images.Count ? (raw.Images[channel], 0) : (raw.Images[0], channel);
        return new OverlaySource(raw.Id, file, () => reader.ReadHeader(file).Shape.Voxels, () =>
        {
            var (image, labels) = (reader.ReadImages([file]).Data, LabelMap.Read(reader, raw.Label!));
            if (inFile >= image.Channels) throw new DataException(file, $"has no channel {channel}", "give -channel_idx of one there is, from 0");
            if (image.Shape != labels.Shape)
                throw new DataException(raw.Label!, $"has the shape {labels.Shape} where its image has {image.Shape}", "verify-dataset tells of all cases");
            return (image.Channel(inFile).ToArray(), Array.ConvertAll(labels.Labels, label => (short)label), image.Shape);
        });
    }

    /// <summary>Of a preprocessed case: the network's axes.</summary>
    public static OverlaySource Stored(CaseStore store, CaseId id, int channel)
    {
        var path = Path.Combine(store.Folder, id.Value);
        return new OverlaySource(id, path, () => VoxelsAt(path), () => ReadSlice(store, id, channel, path));
    }

    // At most: a voxel has four bytes and more.
    private static long VoxelsAt(string path) => new FileInfo($"{path}.npz") is { Exists: true } file ? file.Length / sizeof(float) : 0;

    private static (float[] Image, short[] Labels, VolumeShape Shape) ReadSlice(CaseStore store, CaseId id, int channel, string path)
    {
        using var stored = store.Open(id);
        if (channel >= stored.Channels) throw new DataException(path, $"has {stored.Channels} channels and no channel {channel}", "give -channel_idx of one there is, from 0");
        var labels = new short[stored.Shape.Voxels];
        stored.ReadLabels(Box.Whole(stored.Shape), labels);
        var slice = SliceOverlay.BestSlice(labels, stored.Shape);
        var box = new Box(new(slice, 0, 0), new(slice + 1, stored.Shape.Y, stored.Shape.X));
        var image = new float[stored.Channels * box.Shape.Voxels];
        stored.ReadImage(box, image);
        var plane = (int)box.Shape.Voxels;
        return (image.AsSpan(channel * plane, plane).ToArray(), labels.AsSpan(slice * plane, plane).ToArray(), box.Shape);
    }
}

/// <summary>Draws each case's most telling slice.</summary>
internal sealed class OverlayCases(IReadOnlyList<OverlaySource> sources, string output, double intensity) : ICaseJob
{
    private readonly Dictionary<CaseId, OverlaySource> _sources = sources.ToDictionary(s => s.Case);

    public string Stage => "overlay";

    public IReadOnlyList<CaseId> Cases { get; } = [.. sources.Select(s => s.Case)];

    public long PeakBytes(CaseId id) => _sources[id].Voxels() * ((2 * sizeof(float)) + (2 * sizeof(ushort)));

    public object? Do(CaseId id, CancellationToken stop)
    {
        var (image, labels, shape) = _sources[id].Load();
        var (slice, plane) = (SliceOverlay.BestSlice(labels, shape), shape.Y * shape.X);
        var rgba = SliceOverlay.Blend(image.AsSpan(slice * plane, plane), labels.AsSpan(slice * plane, plane), intensity);
        return Writing.Into<object?>(output, () =>
        {
            SliceOverlay.Save(Path.Combine(output, $"{id}.png"), rgba, shape.Y, shape.X);
            return null;
        });
    }

    public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined) => results.Count > 0
        ? new LabelMapsResult(output, results.Count, quarantined)
        : throw CaseFailures.Of(_sources[quarantined[0].Case].File, quarantined, "nothing was drawn");
}
