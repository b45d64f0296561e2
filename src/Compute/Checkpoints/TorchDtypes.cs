using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>Element types of torch storages and their way to float32 (spec 10 section 2.2).</summary>
internal static class TorchDtypes
{
    /// <summary>Bytes per element and the dtype's name.</summary>
    public static (int Size, string Dtype) Of(string storageType) => storageType switch
    {
        "FloatStorage" => (4, "float32"),
        "DoubleStorage" => (8, "float64"),
        "HalfStorage" => (2, "float16"),
        "BFloat16Storage" => (2, "bfloat16"),
        "LongStorage" => (8, "int64"),
        "IntStorage" => (4, "int32"),
        "ShortStorage" => (2, "int16"),
        "CharStorage" => (1, "int8"),
        "ByteStorage" => (1, "uint8"),
        "BoolStorage" => (1, "bool"),
        _ => throw new ArgumentException($"unknown storage type {storageType}", nameof(storageType)),
    };

    /// <summary>Reads all elements of a record as float32.</summary>
    public static float[] Read(string storageType, IValueReader member, int count)
    {
        // Not cleared first: a checkpoint is hundreds of megabytes, and every value is read or the array given up.
        var values = GC.AllocateUninitializedArray<float>(count);
        switch (storageType)
        {
            case "FloatStorage": member.Read(values.AsSpan()); break;
            case "DoubleStorage": Convert<double>(member, values, v => (float)v); break;
            case "HalfStorage": Convert<Half>(member, values, v => (float)v); break;
            case "BFloat16Storage": Convert<ushort>(member, values, v => BitConverter.UInt32BitsToSingle((uint)v << 16)); break;
            case "LongStorage": Convert<long>(member, values, v => v); break;
            case "IntStorage": Convert<int>(member, values, v => v); break;
            case "ShortStorage": Convert<short>(member, values, v => v); break;
            case "CharStorage": Convert<sbyte>(member, values, v => v); break;
            default: Convert<byte>(member, values, v => v); break;
        }

        return values;
    }

    public static long[] ContiguousStrides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var stride = 1L;
        for (var axis = shape.Count - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride = checked(stride * Math.Max(1, shape[axis]));
        }

        return strides;
    }

    // Checkpoints in other types than float32 are rare: clarity before speed.
    private static void Convert<T>(IValueReader member, float[] values, Func<T, float> convert) where T : unmanaged
    {
        var block = new T[Math.Min(values.Length, 1 << 16)];
        for (var at = 0; at < values.Length; at += block.Length)
        {
            var part = block.AsSpan(0, Math.Min(block.Length, values.Length - at));
            member.Read(part);
            for (var i = 0; i < part.Length; i++) values[at + i] = convert(part[i]);
        }
    }
}
