using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>An open torch archive. Holds each storage that was asked for once, however many names share it. Not thread-safe.</summary>
public sealed class TorchArchiveReader : IDisposable
{
    private readonly TorchRecords _records;
    private readonly Dictionary<string, (string Type, float[] Values)> _storages = [];
    private readonly Dictionary<string, float[]> _views = [];
    private long _viewElementsLeft;

    internal TorchArchiveReader(string path)
    {
        _records = TorchRecords.Open(path);
        _viewElementsLeft = _records.TotalBytes;
    }

    /// <summary>The file.</summary>
    public string Path => _records.Path;

    /// <summary>What was pickled; tensors are <see cref="TensorReference"/>.</summary>
    public object? Root => _records.Root;

    /// <summary>The members of the zip; empty in files from before it.</summary>
    public IReadOnlyList<ZipEntry> Entries => _records.Entries;

    /// <summary>Bytes of all records.</summary>
    internal long TotalBytes => _records.TotalBytes;

    /// <summary>Bytes read so far.</summary>
    internal long BytesRead => _records.BytesRead;

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

    /// <inheritdoc/>
    public void Dispose() => _records.Dispose();

    // A record is one storage of one type, and read once.
    private float[] Storage(TensorReference tensor)
    {
        if (!_storages.TryGetValue(tensor.Key, out var known))
        {
            var values = _records.Read(tensor.Key, tensor.StorageType, tensor.StorageElements);
            _storages.Add(tensor.Key, (tensor.StorageType, values));
            return values;
        }

        if (known.Type != tensor.StorageType || known.Values.LongLength != tensor.StorageElements)
        {
            throw new DataException(
                Path,
                $"declares the record '{tensor.Key}' as a {known.Type} of {known.Values.LongLength} and as a {tensor.StorageType} of {tensor.StorageElements}",
                "write it again from the network");
        }

        return known.Values;
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
        var from = tensor.Offset;
        for (var i = 0L; i < count; i++)
        {
            values[i] = storage[from];
            for (var axis = index.Length - 1; axis >= 0; axis--)
            {
                from += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis]) break;
                from -= index[axis] * tensor.Strides[axis];
                index[axis] = 0;
            }
        }

        return _views[key] = values;
    }
}
