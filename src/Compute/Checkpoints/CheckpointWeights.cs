using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>The network weights of a checkpoint, or of a bare state dict.</summary>
/// <param name="Weights">Each unique parameter once, in parameter order.</param>
/// <param name="Buffers">State that is no parameter.</param>
/// <param name="StateNames">All names in the file's order, with the name in the two lists above they stand for.</param>
/// <param name="Dtypes">Element type in the file, for each of <paramref name="Weights"/>.</param>
public sealed record CheckpointWeights(
    IReadOnlyList<NamedTensor> Weights,
    IReadOnlyList<NamedTensor> Buffers,
    IReadOnlyList<(string Name, string Canonical)> StateNames,
    IReadOnlyList<string> Dtypes)
{
    /// <summary>Collects the tensors of a state dict and checks that names of one parameter agree (spec 10 section 5).</summary>
    /// <exception cref="DataException">A value is no tensor, a record is damaged, or two names of one parameter carry different values.</exception>
    internal static CheckpointWeights Read(TorchArchiveReader archive, PickleDict state)
    {
        var collector = new WeightsCollector(archive.Path, archive.TotalBytes);
        foreach (var (key, value) in state.Entries)
        {
            if (key is not string text || value is not TensorReference reference)
                throw new DataException(archive.Path, $"its network weights hold '{PickleFields.Shown(key)}', which is no tensor",
                    "use a checkpoint that nnU-Net or ActorSeg wrote");
            collector.Add(text, reference.Shape, TorchDtypes.Of(reference.StorageType).Dtype, () => archive.ReadFloats(reference));
        }

        return collector.Finish();
    }

    /// <summary>See <see cref="CheckpointFile.WeightsSha256"/>.</summary>
    internal static string Sha256(IReadOnlyList<NamedTensor> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in weights)
        {
            var shape = string.Join(", ", tensor.Shape.Select(e => e.ToString(CultureInfo.InvariantCulture)));
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name}float32({shape}{(tensor.Shape.Count == 1 ? "," : "")})"));
            foreach (var block in new ByteBlocks<float>(tensor.Values)) hash.AppendData(block);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
