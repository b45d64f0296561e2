using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// Reads and writes nnU-Net's <c>checkpoint_*.pth</c> (spec 10). At most it holds the checkpoint once and, while a written file is verified,
/// the network weights a second time.
/// </summary>
public static partial class CheckpointFile
{
    /// <summary>
    /// Writes a checkpoint durably: to a temporary file that is flushed, read again (every record's checksum, and the digest of the weights) and only then
    /// renamed. Whatever fails, a file that was there before stays as it was. nnU-Net predicts with it and resumes from it, and
    /// <c>torch.load(weights_only=True)</c> takes it.
    /// </summary>
    /// <exception cref="ArgumentException">Names, weights and momentum do not fit each other.</exception>
    /// <exception cref="ResourceException">The disk is full or fails.</exception>
    public static void Write(string path, Checkpoint checkpoint) => Write(path, checkpoint, stream => stream, () => { });

    /// <summary>Reads a checkpoint of nnU-Net or ActorSeg; all records read are checked against their checksums.</summary>
    /// <exception cref="DataException">Missing, damaged, or not such a checkpoint.</exception>
    public static Checkpoint Read(string path)
    {
        using var archive = TorchArchive.Open(path);
        return CheckpointDecoding.Decode(archive, withOptimizer: true);
    }

    /// <summary>As <see cref="Read"/> without the optimizer's state, which prediction has no use for.</summary>
    /// <exception cref="DataException">Missing, damaged, or not such a checkpoint.</exception>
    public static Checkpoint ReadModel(string path)
    {
        using var archive = TorchArchive.Open(path);
        return CheckpointDecoding.Decode(archive, withOptimizer: false);
    }

    /// <summary>Reads the network weights alone, from a checkpoint, a bare state dict or a safetensors file (pretrained weights).</summary>
    /// <exception cref="DataException">Missing, damaged, or without weights.</exception>
    public static CheckpointWeights ReadWeights(string path)
    {
        if (SafetensorsFile.IsOne(path)) return SafetensorsFile.Read(path);
        using var archive = TorchArchive.Open(path);
        return CheckpointWeights.Read(archive, CheckpointDecoding.StateDict(archive));
    }

    /// <summary>What is in a file. Reads the weights for their digest, not the optimizer's state.</summary>
    /// <exception cref="DataException">Missing, damaged, or without weights.</exception>
    public static CheckpointDescription Describe(string path)
    {
        if (SafetensorsFile.IsOne(path)) return Bare("safetensors", SafetensorsFile.Read(path));
        using var archive = TorchArchive.Open(path);
        return Describe(archive);
    }

    internal static CheckpointDescription Describe(TorchArchiveReader archive)
    {
        var path = archive.Path;
        var root = CheckpointDecoding.Root(archive);
        var weights = CheckpointWeights.Read(archive, CheckpointDecoding.StateDict(archive));
        var bare = Bare("state_dict", weights);
        if (CheckpointDecoding.IsBare(root)) return bare;
        var arguments = root["init_args"] as Pickling.PickleDict;
        var extra = CheckpointDecoding.Extra(root[CheckpointEncoding.ExtraKey] as Pickling.PickleDict, path);
        return bare with
        {
            Format = extra is null ? "nnunet" : "actorseg",
            Trainer = root["trainer_name"] is null ? null : root.RequiredName("trainer_name", path),
            Configuration = arguments?["configuration"] is null ? null : arguments.RequiredName("configuration", path),
            Fold = arguments is null ? null : CheckpointDecoding.Fold(arguments["fold"], path).ToString(),
            Epoch = CheckpointDecoding.Epoch(root, path),
            Iteration = extra?.Iteration ?? 0,
            HasOptimizer = OptimizerEncoding.IsFor(root["optimizer_state"] as Pickling.PickleDict, weights.Weights.Count),
            Extra = extra,
        };
    }

    /// <summary>
    /// SHA-256, lower-case hexadecimal, over each parameter once in state-dict order: its UTF-8 name, the text <c>float32</c>, its shape as Python
    /// writes a tuple (<c>(32, 1, 3, 3, 3)</c>, <c>(32,)</c>, <c>()</c>), and its values as contiguous little-endian bytes, nothing in between.
    /// </summary>
    /// <param name="weights">The unique parameters, as <see cref="Checkpoint.Weights"/>.</param>
    public static string WeightsSha256(IReadOnlyList<NamedTensor> weights) => CheckpointWeights.Sha256(weights);

    /// <param name="path">The target.</param>
    /// <param name="checkpoint">The content.</param>
    /// <param name="wrap">Tests put a failing stream here.</param>
    /// <param name="verified">Called when the temporary file has been verified and before it takes the target's name.</param>
    internal static void Write(string path, Checkpoint checkpoint, Func<Stream, Stream> wrap, Action verified)
    {
        var storages = new TorchStorages();
        var root = CheckpointEncoding.Encode(checkpoint, storages);
        IReadOnlyList<ZipEntry> written = [];
        try
        {
            DurableFile.Write(
                path,
                stream => written = TorchArchive.Write(wrap(stream), TorchArchive.PrefixFor(path), root, storages),
                temporary =>
                {
                    Verify(temporary, written, WeightsSha256(checkpoint.Weights));
                    verified();
                });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var advice = "the file there before is unchanged; free space or check the disk and its permissions";
            throw new ResourceException($"{path}: the checkpoint cannot be written ({e.Message}); {advice}", e);
        }
    }

    private static CheckpointDescription Bare(string format, CheckpointWeights weights)
    {
        var parameters = weights.Weights.Select((t, i) => new ParameterDescription(t.Name, t.Shape, weights.Dtypes[i])).ToArray();
        return new CheckpointDescription(format, null, null, null, 0, 0, WeightsSha256(weights.Weights), parameters, false, null);
    }

    private static void Verify(string temporary, IReadOnlyList<ZipEntry> written, string digest)
    {
        const string Advice = "check the disk and memory of this machine";
        using var archive = TorchArchive.Open(temporary);
        if (!archive.Entries.SequenceEqual(written)) throw new DataException(temporary, "reads back with other records than were written", Advice);
        var weights = CheckpointWeights.Read(archive, CheckpointDecoding.StateDict(archive));
        if (WeightsSha256(weights.Weights) != digest) throw new DataException(temporary, "reads back with other weights than were written", Advice);
        archive.VerifyRest();
    }
}
