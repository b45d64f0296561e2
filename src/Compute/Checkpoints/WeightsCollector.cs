using System.Security.Cryptography;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>Gathers the named tensors of a file into <see cref="CheckpointWeights"/>: one tensor for each parameter, whose names must agree.</summary>
/// <param name="path">Named in errors.</param>
/// <param name="mostElements">
/// Values that the parameters may have together: a file's length in bytes. One record under ever more names is cheap in a file and not in a network.
/// </param>
internal sealed class WeightsCollector(string path, long mostElements)
{
    private const int LongestName = 512;
    private const string Advice = "write it again from the network";

    private readonly List<NamedTensor> _weights = [], _buffers = [];
    private readonly List<(string, string)> _names = [];
    private readonly List<string> _dtypes = [];
    private readonly Dictionary<string, (NamedTensor Tensor, string FirstName)> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<float[], byte[]> _digests = new(ReferenceEqualityComparer.Instance);
    private long _elementsLeft = mostElements;

    /// <exception cref="DataException">Another name of the same parameter has another shape or other values; or it is all too much.</exception>
    public void Add(string text, IReadOnlyList<long> shape, string dtype, Func<float[]> read)
    {
        if (text.Length > LongestName || text.Any(char.IsControl))
            throw new DataException(path, $"names a tensor with {text.Length} characters, which is too long or holds some no name has ('{MessageText.Shown(text)}')", Advice);
        var name = ParameterNames.Unwrap(text);
        var canonical = ParameterNames.Canonical(name);
        var values = read();
        _names.Add((name, canonical));
        if (_known.TryGetValue(canonical, out var first))
        {
            if (!first.Tensor.Shape.SequenceEqual(shape) || !Agree(first.Tensor.Values, values))
            {
                throw new DataException(
                    path,
                    $"the names '{MessageText.Shown(first.FirstName)}' and '{MessageText.Shown(text)}' stand for one parameter but carry different values",
                    Advice);
            }

            return;
        }

        if ((_elementsLeft -= values.LongLength) < 0)
            throw new DataException(path, "gives one record to so many parameters that together they are far larger than the file", Advice);
        var tensor = new NamedTensor(canonical, shape, values);
        _known.Add(canonical, (tensor, text));
        if (ParameterNames.IsBuffer(canonical))
        {
            _buffers.Add(tensor);
        }
        else
        {
            _weights.Add(tensor);
            _dtypes.Add(dtype);
        }
    }

    /// <exception cref="DataException">Nothing was added.</exception>
    public CheckpointWeights Finish() => _weights.Count > 0
        ? new CheckpointWeights(_weights, _buffers, _names, _dtypes)
        : throw new DataException(path, "holds no network weights", "use a checkpoint that nnU-Net or ActorSeg wrote");

    // As bits: a NaN agrees with itself. By digest: a file may name the same two records any number of times.
    private bool Agree(float[] first, float[] second) => ReferenceEquals(first, second) || Digest(first).AsSpan().SequenceEqual(Digest(second));

    private byte[] Digest(float[] values)
    {
        if (_digests.TryGetValue(values, out var known)) return known;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var block in new ByteBlocks<float>(values)) hash.AppendData(block);
        return _digests[values] = hash.GetHashAndReset();
    }
}
