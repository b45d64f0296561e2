namespace ActorSeg.Compute.Pickling;

/// <summary>A record of the archive around the pickle, as a persistent id names it.</summary>
internal sealed record PickleStorage(string Type, string Key, long Elements);

/// <summary>torch's constructors (spec 10 section 2.2).</summary>
internal static class PickleTorch
{
    private const int MostDimensions = 64;

    public static IReadOnlyList<string> StorageTypes { get; } =
    [
        "FloatStorage", "DoubleStorage", "HalfStorage", "BFloat16Storage", "LongStorage", "IntStorage", "ShortStorage", "CharStorage", "ByteStorage",
        "BoolStorage",
    ];

    /// <summary>
    /// From the persistent id ('storage', class, key, location, elements); the location is ignored: everything goes to the host. Files from before
    /// the zip add a view of the storage, which is nothing.
    /// </summary>
    public static PickleStorage Storage(object? id) =>
        id is PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long and >= 0 and var elements, ..] items }
        && (items.Count == 5 || (items.Count == 6 && items[5] is null))
        && StorageTypes.Contains(type.Name)
            ? new PickleStorage(type.Name, key, (long)elements)
            : throw new PickleFaultException("a persistent id is not ('storage', storage class, key, location, elements)");

    /// <summary>
    /// (storage, offset, size, stride, requires_grad, hooks[, metadata]); all of the tensor must lie in its storage and no element be used twice over.
    /// </summary>
    public static TensorReference RebuildTensor(IReadOnlyList<object?> arguments, PickleBudget budget)
    {
        if (arguments is not [PickleStorage storage, long offset, PickleTuple size, PickleTuple stride, bool, ..] || arguments.Count is < 6 or > 7)
            throw new PickleFaultException("_rebuild_tensor_v2 is not given (storage, offset, size, stride, requires_grad, hooks)");
        var (shape, strides) = (Extents(size, budget), Extents(stride, budget));
        if (shape.Length != strides.Length || offset < 0) throw new PickleFaultException("a tensor's size, stride and offset do not fit each other");
        if (shape.Contains(0))
        {
            // nothing lies anywhere, but its strides must be numbers
            _ = shape.Aggregate(1L, (a, b) => checked(a * Math.Max(1, b)));
        }
        else
        {
            var (last, count) = (offset, 1L);
            for (var i = 0; i < shape.Length; i++) (last, count) = (checked(last + ((shape[i] - 1) * strides[i])), checked(count * shape[i]));
            if (last >= storage.Elements || count > storage.Elements)
                throw new PickleFaultException(
                    $"a tensor of shape ({string.Join(", ", shape)}) at {offset} reaches beyond its storage of {storage.Elements} elements");
        }

        return new TensorReference(storage.Type, storage.Key, storage.Elements, offset, shape, strides);
    }

    public static TensorReference RebuildParameter(IReadOnlyList<object?> arguments, PickleBudget budget) =>
        arguments is [TensorReference tensor, ..] && arguments.Count <= 3
            ? tensor
            : throw new PickleFaultException("a parameter is made from something else than a tensor");

    public static TorchDevice Device(IReadOnlyList<object?> arguments, PickleBudget budget) => arguments switch
    {
        [string type] => new TorchDevice(type, null),
        [string type, long and >= 0 and < 1024 and var index] => new TorchDevice(type, (int)(long)index),
        _ => throw new PickleFaultException("torch.device is not given a type and an index"),
    };

    public static PickleTuple Size(IReadOnlyList<object?> arguments, PickleBudget budget) =>
        arguments is [PickleTuple size] ? size : throw new PickleFaultException("torch.Size is made from something else than a tuple");

    // One argument from the memo could otherwise become any number of arrays.
    private static long[] Extents(PickleTuple tuple, PickleBudget budget)
    {
        if (tuple.Items.Count > MostDimensions) throw new PickleFaultException($"a tensor has {tuple.Items.Count} dimensions");
        budget.Spend(sizeof(long) * (long)tuple.Items.Count);
        return tuple.Items.Select(e => e is long and >= 0 ? (long)e : throw new PickleFaultException("a tensor's extent is not a number from 0")).ToArray();
    }
}
