using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// Reads and writes nnU-Net's <c>checkpoint_*.pth</c> (spec 10). Reading holds the checkpoint once; writing holds nothing of it but what it is given.
/// </summary>
public static partial class CheckpointFile
{
    /// <summary>
    /// Writes a checkpoint durably: to a temporary file that is flushed, read again, compared with what is in memory and only then renamed. Whatever fails, a file that
    /// was there before stays as it was. nnU-Net predicts with it and resumes from it, and
    /// <c>torch.load(weights_only=True)</c> takes it.
    /// </summary>
    /// <param name="path">The target.</param>
    /// <param name="checkpoint">The content.</param>
    /// <param name="permit">Called when the new file lies verified beside the target and before it takes its name; what it throws leaves the old one.</param>
    /// <returns>The digest of the weights, <see cref="WeightsSha256"/>.</returns>
    /// <exception cref="ArgumentException">Names, weights and momentum do not fit each other.</exception>
    /// <exception cref="ResourceException">The disk is full or fails.</exception>
    public static string Write(string path, Checkpoint checkpoint, Action? permit = null) => Write(path, checkpoint, stream => stream, permit ?? (() => { }));

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
    internal static string Write(string path, Checkpoint checkpoint, Func<Stream, Stream> wrap, Action verified)
    {
        // On another thread: it is as much work as the verification, which does not need it.
        var digest = Task.Run(() => WeightsSha256(checkpoint.Weights));
        var (storages, prefix) = (new TorchStorages(), TorchArchive.PrefixFor(path));
        var root = CheckpointEncoding.Encode(checkpoint, storages);
        IReadOnlyList<ZipEntry> written = [];
        try
        {
            DurableFile.Write(
                path,
                stream => written = TorchArchive.Write(wrap(stream), prefix, root, storages),
                temporary =>
                {
                    TorchArchive.Verify(temporary, prefix, written, storages);
                    verified();
                });
            return digest.GetAwaiter().GetResult();
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
}
