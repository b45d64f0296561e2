using System.Text;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>An open torch archive. Holds each storage that was asked for once, however many names share it. Not thread-safe.</summary>
public sealed class TorchArchiveReader : IDisposable
{
    private const int LongestPickle = 1 << 28;
    private readonly ZipReader _zip;
    private readonly string _prefix;
    private readonly Dictionary<string, float[]> _storages = [];
    private readonly Dictionary<string, float[]> _views = [];
    private long _viewElementsLeft;

    internal TorchArchiveReader(string path)
    {
        _zip = ZipReader.Open(path);
        try
        {
            var pickle = _zip.Entries.FirstOrDefault(e => e.Name.EndsWith("/data.pkl", StringComparison.Ordinal) && e.Name.Count(c => c == '/') == 1)
                ?? throw new DataException(path, "has no data.pkl inside, so it is no checkpoint of torch 1.6 or later",
                    "name a checkpoint_*.pth that nnU-Net or ActorSeg wrote");
            _prefix = pickle.Name[..^"data.pkl".Length];
            if (_zip.Find($"{_prefix}byteorder") is { } order && Encoding.ASCII.GetString(_zip.ReadAll(order, 16)).Trim() != "little")
                throw new DataException(path, "was written on a big-endian machine", "convert it there, or use another checkpoint");
            _viewElementsLeft = _zip.Entries.Sum(e => e.Length);
            Root = Pickle.Read(_zip.ReadAll(pickle, LongestPickle), path);
        }
        catch
        {
            _zip.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => _zip.Path;

    /// <summary>What was pickled; tensors are <see cref="TensorReference"/>.</summary>
    public object? Root { get; }

    /// <summary>The members.</summary>
    public IReadOnlyList<ZipEntry> Entries => _zip.Entries;

    /// <summary>
    /// The values of a tensor as float32 in C order. The array is shared by all tensors that cover the same storage alike: do not write to it.
    /// </summary>
    /// <exception cref="DataException">Its record is missing, damaged or of another length than declared.</exception>
    public float[] ReadFloats(TensorReference tensor)
    {
        var storage = Storage(tensor);
        var contiguous = TorchDtypes.ContiguousStrides(tensor.Shape);
        var count = tensor.Shape.Aggregate(1L, (a, b) => a * b);
        var isWhole = tensor.Offset == 0 && count == storage.LongLength;
        for (var axis = 0; axis < contiguous.Length; axis++) isWhole &= tensor.Shape[axis] == 1 || tensor.Strides[axis] == contiguous[axis];
        return isWhole ? storage : View(tensor, storage, count);
    }

    /// <summary>Reads and checks all members that were not read yet.</summary>
    /// <exception cref="DataException">One is damaged.</exception>
    public void VerifyRest()
    {
        foreach (var entry in _zip.Entries)
            if (!entry.Name.StartsWith($"{_prefix}data/", StringComparison.Ordinal) || !_storages.ContainsKey(entry.Name[(_prefix.Length + "data/".Length)..]))
                _zip.Verify(entry);
    }

    /// <inheritdoc/>
    public void Dispose() => _zip.Dispose();

    private float[] Storage(TensorReference tensor)
    {
        if (_storages.TryGetValue(tensor.Key, out var known) && known.LongLength == tensor.StorageElements) return known;
        var entry = _zip.Find($"{_prefix}data/{tensor.Key}")
            ?? throw new DataException(Path, $"has no record '{tensor.Key}' that a tensor refers to", "copy the file again from where it came");
        var (size, dtype) = TorchDtypes.Of(tensor.StorageType);
        if (tensor.StorageElements > Array.MaxLength || entry.Length != tensor.StorageElements * size)
            throw new DataException(
                Path,
                $"the record '{tensor.Key}' has {entry.Length} bytes where {tensor.StorageElements} values of {dtype} are declared",
                "copy the file again from where it came");
        using var member = _zip.Open(entry);
        var values = TorchDtypes.Read(tensor.StorageType, member, (int)tensor.StorageElements);
        member.End();
        return _storages[tensor.Key] = values;
    }

    // Views of one storage could be listed without end: together they may take no more than the file holds.
    private float[] View(TensorReference tensor, float[] storage, long count)
    {
        var key = $"{tensor.Key}|{tensor.Offset}|{string.Join(',', tensor.Shape)}|{string.Join(',', tensor.Strides)}";
        if (_views.TryGetValue(key, out var known)) return known;
        if ((_viewElementsLeft -= count) < 0)
            throw new DataException(Path, "its tensors are views that together are far larger than the file", "write it again with contiguous tensors");
        var values = new float[count];
        var index = new long[tensor.Shape.Count];
        for (var i = 0L; i < count; i++)
        {
            var at = tensor.Offset;
            for (var axis = 0; axis < index.Length; axis++) at += index[axis] * tensor.Strides[axis];
            values[i] = storage[at];
            for (var axis = index.Length - 1; axis >= 0 && ++index[axis] == tensor.Shape[axis]; axis--) index[axis] = 0;
        }

        return _views[key] = values;
    }
}
