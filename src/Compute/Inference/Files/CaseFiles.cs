using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference.Export;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Inference.Files;

/// <summary>
/// Writes what a case was predicted as (spec 07 section 2.5): probabilities, properties, and last the label map, which stands for the whole. Each file is there whole
/// or not at all. Thread-safe.
/// </summary>
/// <param name="export">Decides.</param>
/// <param name="writer">Writes label maps.</param>
/// <param name="ending">Of label maps, with its dot.</param>
/// <param name="probabilities">Whether probabilities and properties are written as well.</param>
public sealed class CaseFiles(CaseExport export, IImageReaderWriter writer, string ending, bool probabilities)
{
    /// <summary>Decides and writes a case.</summary>
    /// <param name="target">Path without ending; its folder exists.</param>
    /// <param name="logits">Stay the caller's.</param>
    /// <param name="properties">Of the case.</param>
    /// <param name="stop">Looked at between planes; nothing is left of a file that was begun.</param>
    /// <exception cref="DataException">Logits, labels and plans do not fit each other.</exception>
    /// <exception cref="StorageException">The disk is full or fails.</exception>
    public void Write(string target, Logits logits, CaseProperties properties, CancellationToken stop)
    {
        try
        {
            RemoveLeftovers(target);
            var (labels, shape) = probabilities ? WithProbabilities(target, logits, properties, stop) : export.Labels(logits, properties, stop);
            writer.WriteLabels(target + ending, labels, shape, properties.Geometry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{target}{ending}: cannot be written ({e.Message}); free space or check the disk and its permissions, and give the command again with --continue_prediction", e);
        }
    }

    private (ushort[] Labels, VolumeShape Shape) WithProbabilities(string target, Logits logits, CaseProperties properties, CancellationToken stop)
    {
        (ushort[], VolumeShape) decided = default;
        // What continues looks for label map and probabilities: an old label map must not vouch for new probabilities that are not whole yet.
        File.Delete(target + ending);
        ProbabilityWriter.Write($"{target}.npz", logits.Heads, export.OriginalShape(properties), sink => decided = export.Probabilities(logits, properties, sink, stop));
        DurableFile.Write($"{target}.pkl", stream => stream.Write(CaseStoreProperties.Write(properties, null, null)));
        return decided;
    }

    // What a killed command left of this case. Nobody else writes it.
    private void RemoveLeftovers(string target)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(target))!;
        foreach (var ending in (string[])[ending, ".npz", ".pkl"])
            foreach (var rest in Directory.EnumerateFiles(folder, $"{Path.GetFileName(target)}{ending}.tmp-*"))
                File.Delete(rest);
    }
}
