using System.Collections.Frozen;
using System.Text;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Pickling;

/// <summary>A class or function a pickle may name, and the plain value that calling it makes here.</summary>
internal sealed class PickleGlobal(string name, Func<IReadOnlyList<object?>, PickleBudget, object?> construct)
{
    public string Name { get; } = name;

    public object? Construct(IReadOnlyList<object?> arguments, PickleBudget budget) => construct(arguments, budget);
}

/// <summary>Bytes that constructors may make altogether. A pickle's bytes are made once from its own text, so four times its length is ample.</summary>
internal sealed class PickleBudget(int pickleBytes)
{
    private long _left = (4L * pickleBytes) + (1 << 16);

    public void Spend(long bytes)
    {
        if ((_left -= bytes) < 0) throw new PickleFaultException("its constructors make far more bytes than it has");
    }
}

/// <summary>The allow-list: spec 10 section 2.1 and what numpy writes into properties. What is not here does not exist.</summary>
internal static class PickleGlobals
{
    private static readonly FrozenDictionary<(string Module, string Name), object> Table = Build();

    /// <summary>The value of a global: a <see cref="PickleGlobal"/>, or text for a torch dtype.</summary>
    public static object Find(string? module, string? name) =>
        module is not null && name is not null && Table.TryGetValue((module, name), out var found)
            ? found
            : throw new PickleFaultException($"it asks for '{Shown(module)} {Shown(name)}', which is not among the few classes and functions that are allowed");

    /// <summary>Checks the key of a dict.</summary>
    public static object Key(object? key) =>
        key is string or long or bool or double or PickleTuple or NumpyScalar
            ? key
            : throw new PickleFaultException("a dict's key is neither text, number nor tuple");

    private static FrozenDictionary<(string Module, string Name), object> Build()
    {
        var table = new Dictionary<(string, string), object>();
        Add("collections", "OrderedDict", OrderedDict);
        Add("_codecs", "encode", Encode);
        foreach (var module in (string[])["builtins", "__builtin__"])
        {
            Add(module, "bytes", Bytes);
            Add(module, "bytearray", Bytes);
            Add(module, "set", List);
            Add(module, "frozenset", List);
        }

        foreach (var module in (string[])["numpy.core", "numpy._core"])
        {
            Add($"{module}.multiarray", "scalar", PickleNumpy.Scalar);
            Add($"{module}.multiarray", "_reconstruct", PickleNumpy.Reconstruct);
            Add($"{module}.numeric", "_frombuffer", PickleNumpy.FromBuffer);
        }

        Add("numpy", "dtype", PickleNumpy.Dtype);
        Add("numpy", "ndarray", (_, _) => throw new PickleFaultException("numpy.ndarray is called; arrays come from _reconstruct"));
        Add("torch._utils", "_rebuild_tensor_v2", PickleTorch.RebuildTensor);
        Add("torch._utils", "_rebuild_parameter", PickleTorch.RebuildParameter);
        Add("torch.nn.parameter", "Parameter", PickleTorch.RebuildParameter);
        Add("torch", "device", PickleTorch.Device);
        Add("torch", "Size", PickleTorch.Size);
        foreach (var storage in PickleTorch.StorageTypes)
            table.Add(("torch", storage), new PickleGlobal(storage, (_, _) =>
                throw new PickleFaultException($"torch.{storage} is called; storages come from the archive")));
        foreach (var dtype in (string[])["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"])
            table.Add(("torch", dtype), $"torch.{dtype}");
        return table.ToFrozenDictionary();

        void Add(string module, string name, Func<IReadOnlyList<object?>, PickleBudget, object?> construct) =>
            table.Add((module, name), new PickleGlobal($"{module}.{name}", construct));
    }

    private static PickleDict OrderedDict(IReadOnlyList<object?> arguments, PickleBudget budget)
    {
        var dict = new PickleDict(ordered: true);
        if (arguments.Count == 0) return dict;
        if (arguments is not [List<object?> pairs]) throw new PickleFaultException("collections.OrderedDict is given something else than pairs");
        budget.Spend(16L * pairs.Count);
        foreach (var pair in pairs)
        {
            var items = pair is PickleTuple tuple ? tuple.Items : pair as IReadOnlyList<object?>;
            if (items is not { Count: 2 }) throw new PickleFaultException("collections.OrderedDict is given something else than pairs");
            dict.Add(Key(items[0]), items[1]);
        }

        return dict;
    }

    // Protocol 2 has no bytes: they hide in a text whose code points 0 to 255 stand for one byte each.
    private static byte[] Encode(IReadOnlyList<object?> arguments, PickleBudget budget)
    {
        if (arguments is not [string text, "latin1" or "latin-1"])
            throw new PickleFaultException("_codecs.encode is called for something else than latin1 bytes");
        if (text.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF')) throw new PickleFaultException("a latin1 text has characters beyond 255");
        budget.Spend(text.Length);
        return Encoding.Latin1.GetBytes(text);
    }

    private static byte[] Bytes(IReadOnlyList<object?> arguments, PickleBudget budget)
    {
        switch (arguments)
        {
            case []: return [];
            case [byte[] bytes]: return bytes;
            case [string, string]: return Encode(arguments, budget);
            case [List<object?> numbers]:
                budget.Spend(numbers.Count);
                return numbers.Select(n => n is long and >= 0 and <= 255
                    ? (byte)(long)n
                    : throw new PickleFaultException("bytes are made from something else than 0 to 255")).ToArray();
            default: throw new PickleFaultException("bytes are made from something else than a list or text");
        }
    }

    private static List<object?> List(IReadOnlyList<object?> arguments, PickleBudget budget)
    {
        if (arguments.Count == 0) return [];
        if (arguments is not [List<object?> items]) throw new PickleFaultException("a set is made from something else than a list");
        budget.Spend(8L * items.Count);
        return [.. items];
    }

    private static string Shown(string? name) => name is null ? "?" : MessageText.Shown(name);
}
