using System.Globalization;
using System.Runtime.InteropServices;
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
        var (weights, buffers, names, dtypes) = (new List<NamedTensor>(), new List<NamedTensor>(), new List<(string, string)>(), new List<string>());
        var known = new Dictionary<string, (NamedTensor Tensor, string FirstName)>(StringComparer.Ordinal);
        foreach (var (key, value) in state.Entries)
        {
            if (key is not string text || value is not TensorReference reference)
                throw new DataException(archive.Path, $"its network weights hold '{key}', which is no tensor",
                    "use a checkpoint that nnU-Net or ActorSeg wrote");
            var name = ParameterNames.Unwrap(text);
            var canonical = ParameterNames.Canonical(name);
            var values = archive.ReadFloats(reference);
            names.Add((name, canonical));
            if (known.TryGetValue(canonical, out var first))
            {
                if (!Agree(first.Tensor, reference, values))
                    throw new DataException(archive.Path, $"the names '{first.FirstName}' and '{text}' stand for one parameter but carry different values",
                        "write it again from the network");
                continue;
            }

            var tensor = new NamedTensor(canonical, reference.Shape, values);
            known.Add(canonical, (tensor, text));
            if (ParameterNames.IsBuffer(canonical))
            {
                buffers.Add(tensor);
            }
            else
            {
                weights.Add(tensor);
                dtypes.Add(TorchDtypes.Of(reference.StorageType).Dtype);
            }
        }

        if (weights.Count == 0) throw new DataException(archive.Path, "holds no network weights", "use a checkpoint that nnU-Net or ActorSeg wrote");
        return new CheckpointWeights(weights, buffers, names, dtypes);
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

    // Compared as bits: a NaN agrees with itself.
    private static bool Agree(NamedTensor first, TensorReference reference, float[] values) =>
        first.Shape.SequenceEqual(reference.Shape)
        && (ReferenceEquals(first.Values, values) || MemoryMarshal.Cast<float, int>(first.Values).SequenceEqual(MemoryMarshal.Cast<float, int>(values)));
}
