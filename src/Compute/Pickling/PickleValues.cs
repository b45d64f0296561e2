namespace ActorSeg.Compute.Pickling;

// What the restricted pickle machine reads and writes. Plain .NET values stand for Python's: null, bool, long, double, string,
// byte[] (bytes), List<object?> (list); the rest are the types below. Nothing else can come out of a file.

/// <summary>A Python tuple.</summary>
public sealed record PickleTuple(IReadOnlyList<object?> Items)
{
    /// <summary>The tuple of nothing.</summary>
    public static PickleTuple Empty { get; } = new([]);
}

/// <summary>A Python dict or OrderedDict, in insertion order. Keys are strings, longs or tuples.</summary>
public sealed class PickleDict(bool ordered = false)
{
    /// <summary>Whether it is a <c>collections.OrderedDict</c>.</summary>
    public bool IsOrdered { get; } = ordered;

    /// <summary>The entries in order.</summary>
    public List<KeyValuePair<object, object?>> Entries { get; } = [];

    /// <summary>The value under a text key; null where there is none.</summary>
    public object? this[string key] => Entries.LastOrDefault(e => e.Key is string s && s == key).Value;

    /// <summary>Appends an entry.</summary>
    public void Add(object key, object? value) => Entries.Add(new(key, value));
}

/// <summary>A numpy scalar: dtype text such as <c>&lt;f4</c>, and its raw bytes.</summary>
public sealed record NumpyScalar(string Dtype, byte[] Bytes);

/// <summary>A numpy array: dtype text such as <c>&lt;i8</c>, shape, and raw bytes in C order.</summary>
public sealed record NumpyArray(string Dtype, IReadOnlyList<long> Shape, byte[] Bytes);

/// <summary>A tensor that refers to a storage record of the archive around the pickle.</summary>
/// <param name="StorageType">Global name such as <c>FloatStorage</c>.</param>
/// <param name="Key">Name of the <c>data/</c> record.</param>
/// <param name="StorageElements">Elements of the whole storage.</param>
/// <param name="Offset">In elements.</param>
/// <param name="Shape">Dimensions.</param>
/// <param name="Strides">In elements.</param>
public sealed record TensorReference(string StorageType, string Key, long StorageElements, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides);

/// <summary>A <c>torch.device</c>: type and index.</summary>
public sealed record TorchDevice(string Type, int? Index);

/// <summary>The name of a function, where a reader was told that it may stand in the file. Nothing calls it.</summary>
/// <param name="Module">Such as <c>nnunetv2.postprocessing.remove_connected_components</c>.</param>
/// <param name="Name">Of the function.</param>
public sealed record PickleFunction(string Module, string Name);
