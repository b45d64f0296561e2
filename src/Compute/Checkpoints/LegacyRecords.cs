using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// What torch wrote before the zip, and writes still when asked to: five pickles behind one another (magic number, protocol number, byte order, the
/// content, the keys of the storages in order), then each storage as its number of values and the values. There are no checksums.
/// </summary>
internal sealed class LegacyRecords : TorchRecords
{
    private const int LongestPickles = 1 << 26, Protocol = 1001;
    private readonly RawFile _file;
    private readonly Dictionary<string, Record> _records = [];
    private long _bytesRead;

    public LegacyRecords(string path) : base(path)
    {
        _file = RawFile.Open(path);
        try
        {
            TotalBytes = _file.Length;
            ReadOnlySpan<byte> bytes = _file.Bytes(0, LongestPickles);
            var at = TorchFileKind.LegacyMagic.Length;
            if (Next(bytes, ref at) is not (long)Protocol) throw Bad("has another protocol than 1001");
            if (Next(bytes, ref at) is not PickleDict system || system["little_endian"] is not true) throw Bad("was not written on a little-endian machine");
            Root = Next(bytes, ref at);
            if (Next(bytes, ref at) is not List<object?> keys) throw Bad("has no list of its storages behind its content");
            Place(keys, at);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override object? Root { get; }

    public override long TotalBytes { get; }

    public override long BytesRead => _bytesRead;

    public override float[] Read(string key, string storageType, long elements)
    {
        if (!_records.TryGetValue(key, out var record) || record.Type != storageType || record.Elements != elements || elements > Array.MaxLength)
            throw Bad($"has no record '{MessageText.Shown(key)}' of {elements} values of {TorchDtypes.Of(storageType).Dtype} that a tensor refers to");
        _bytesRead += elements * TorchDtypes.Of(storageType).Size;
        return TorchDtypes.Read(storageType, _file.Values(record.Offset), (int)elements);
    }

    public override void Dispose() => _file.Dispose();

    private object? Next(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = Pickle.ReadFirst(bytes[at..], Path, out var length);
        at += length;
        return value;
    }

    // A storage does not tell its type; the tensors that refer to it do.
    private void Place(List<object?> keys, long at)
    {
        var types = StorageTypes(Root);
        foreach (var item in keys)
        {
            if (item is not string key || !types.TryGetValue(key, out var declared) || _records.ContainsKey(key))
                throw Bad($"lists the storage '{PickleFields.Shown(item)}', which no tensor refers to or which was listed before");
            var count = _file.Bytes(at, sizeof(long));
            if (count.Length < sizeof(long) || BitConverter.ToInt64(count) != declared.Elements)
                throw Bad($"has another number of values than {declared.Elements} in front of the storage '{MessageText.Shown(key)}'");
            at += sizeof(long);
            var size = TorchDtypes.Of(declared.Type).Size;
            if (declared.Elements > (_file.Length - at) / size) throw Bad($"ends within the storage '{MessageText.Shown(key)}' of {declared.Elements} values");
            _records.Add(key, declared with { Offset = at });
            at += declared.Elements * size;
        }

        if (at != _file.Length) throw Bad($"has {_file.Length - at} bytes behind its last storage");
    }

    private Dictionary<string, Record> StorageTypes(object? root)
    {
        var types = new Dictionary<string, Record>();
        var (open, seen) = (new Stack<object?>([root]), new HashSet<object>(ReferenceEqualityComparer.Instance));
        while (open.TryPop(out var value))
        {
            switch (value)
            {
                case TensorReference tensor:
                    var record = new Record(tensor.StorageType, tensor.StorageElements, 0);
                    if (!types.TryAdd(tensor.Key, record) && types[tensor.Key] != record)
                        throw Bad($"declares the storage '{MessageText.Shown(tensor.Key)}' in two ways");
                    break;
                case PickleTuple or List<object?> when seen.Add(value):
                    foreach (var item in PickleFields.Items(value)!) open.Push(item);
                    break;
                case PickleDict dict when seen.Add(dict):
                    foreach (var (_, item) in dict.Entries) open.Push(item);
                    break;
            }
        }

        return types;
    }

    private DataException Bad(string problem) => new(Path, problem, CopyAgain + ", or save it again with a newer torch");

    private sealed record Record(string Type, long Elements, long Offset);
}
