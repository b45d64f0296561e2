namespace ActorSeg.Compute.Pickling;

/// <summary>A numpy dtype on its way; complete after its state has told the byte order.</summary>
internal sealed class PickleDtype
{
    private readonly string _code;

    public PickleDtype(string code)
    {
        if (!PickleNumpy.IsKnown(code))
            throw new PickleFaultException($"it uses the numpy dtype '{code}'; only booleans, integers and floats up to 8 bytes are read");
        (_code, Size) = (code, code[1] - '0');
    }

    public int Size { get; }

    public string Text => (Size == 1 ? "|" : "<") + _code;

    public void SetState(object? state)
    {
        if (state is not PickleTuple { Items: [long, string order, ..] } || order is not ("<" or "|" or "="))
            throw new PickleFaultException("a numpy dtype is not little-endian");
    }
}

/// <summary>A numpy array on its way; its state makes it.</summary>
internal sealed class PickleArrayBuilder
{
    private NumpyArray? _value;

    public NumpyArray Value => _value ?? throw new PickleFaultException("a numpy array is used before its content is set");

    public void SetState(object? state, PickleBudget budget)
    {
        if (state is not PickleTuple { Items: [long, PickleTuple shape, PickleDtype dtype, bool fortran, byte[] bytes] })
            throw new PickleFaultException("a numpy array's state is not (version, shape, dtype, order, bytes)");
        _value = PickleNumpy.Array(dtype, shape, fortran, bytes, budget);
    }
}

/// <summary>numpy's constructors (spec 10 section 2.3).</summary>
internal static class PickleNumpy
{
    private const int MostDimensions = 32;

    public static bool IsKnown(string code) => code is "b1" or "i1" or "u1" or "i2" or "u2" or "i4" or "u4" or "i8" or "u8" or "f2" or "f4" or "f8";

    public static PickleDtype Dtype(IReadOnlyList<object?> arguments, PickleBudget budget) =>
        arguments is [string code, ..] ? new PickleDtype(code) : throw new PickleFaultException("numpy.dtype is called without a type code");

    public static NumpyScalar Scalar(IReadOnlyList<object?> arguments, PickleBudget budget) =>
        arguments is [PickleDtype dtype, byte[] bytes] && bytes.Length == dtype.Size
            ? new NumpyScalar(dtype.Text, bytes)
            : throw new PickleFaultException("a numpy scalar is not given a dtype and as many bytes as it takes");

    public static PickleArrayBuilder Reconstruct(IReadOnlyList<object?> arguments, PickleBudget budget) =>
        arguments is [PickleGlobal { Name: "numpy.ndarray" }, ..]
            ? new PickleArrayBuilder()
            : throw new PickleFaultException("_reconstruct is called for something else than numpy.ndarray");

    /// <summary>How protocol 5 writes arrays: (bytes, dtype, shape, order).</summary>
    public static NumpyArray FromBuffer(IReadOnlyList<object?> arguments, PickleBudget budget) =>
        arguments is [byte[] bytes, PickleDtype dtype, PickleTuple shape, ("C" or "F") and string order]
            ? Array(dtype, shape, order == "F", bytes, budget)
            : throw new PickleFaultException("_frombuffer is not given bytes, dtype, shape and order");

    public static NumpyArray Array(PickleDtype dtype, PickleTuple shape, bool fortran, byte[] bytes, PickleBudget budget)
    {
        if (shape.Items.Count > MostDimensions) throw new PickleFaultException($"a numpy array has {shape.Items.Count} dimensions");
        budget.Spend(sizeof(long) * (long)shape.Items.Count);
        var extents = shape.Items.Select(e => e is long and >= 0
            ? (long)e
            : throw new PickleFaultException("a numpy array's extent is not a number from 0")).ToArray();
        if (extents.Contains(0) ? bytes.Length != 0 : extents.Aggregate((long)dtype.Size, (a, b) => checked(a * b)) != bytes.Length)
            throw new PickleFaultException($"a numpy array of shape ({string.Join(", ", extents)}) and dtype {dtype.Text} has {bytes.Length} bytes");
        return new NumpyArray(dtype.Text, extents, fortran && extents.Length > 1 && bytes.Length > 0 ? ToCOrder(bytes, extents, dtype.Size, budget) : bytes);
    }

    private static byte[] ToCOrder(byte[] bytes, long[] extents, int size, PickleBudget budget)
    {
        budget.Spend(bytes.Length);
        var result = new byte[bytes.Length];
        var index = new long[extents.Length];
        for (var at = 0; at < bytes.Length; at += size)
        {
            var from = 0L;
            for (var axis = extents.Length - 1; axis >= 0; axis--) from = (from * extents[axis]) + index[axis];
            bytes.AsSpan((int)from * size, size).CopyTo(result.AsSpan(at));
            for (var axis = extents.Length - 1; axis >= 0 && ++index[axis] == extents[axis]; axis--) index[axis] = 0;
        }

        return result;
    }
}
