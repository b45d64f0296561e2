using System.Buffers.Binary;
using System.Globalization;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>Takes typed fields out of a pickled dict; an error names the file and the field.</summary>
internal static class PickleFields
{
    /// <summary>Characters of a text that is shown.</summary>
    public const int LongestName = 256;

    private const string Advice = "use a checkpoint that nnU-Net or ActorSeg wrote";

    public static T Required<T>(this PickleDict dict, string key, string source) =>
        dict[key] is T value ? value : throw new DataException(source, $"has {Kind(dict[key])} under the key '{key}' where {Kind(typeof(T))} is due", Advice);

    public static string RequiredText(this PickleDict dict, string key, string source) => dict.Required<string>(key, source);

    /// <summary>A text that is shown to people and looked up: short and without control characters.</summary>
    public static string RequiredName(this PickleDict dict, string key, string source) =>
        dict.Required<string>(key, source) is var name && IsName(name)
            ? name
            : throw new DataException(source, $"has '{Shown(dict[key])}' under the key '{key}', which is too long for a name or no text to show", Advice);

    public static bool IsName(string text) => text.Length <= LongestName && !text.Any(char.IsControl);

    public static int RequiredInt(this PickleDict dict, string key, string source) => Int(dict[key], key, source);

    public static double RequiredNumber(this PickleDict dict, string key, string source) =>
        Number(dict[key]) ?? throw new DataException(source, $"has {Kind(dict[key])} under the key '{key}' where a number is due", Advice);

    public static int Int(object? value, string key, string source) =>
        value is long and >= int.MinValue and <= int.MaxValue
            ? (int)(long)value
            : throw new DataException(source, $"has {Kind(value)} under the key '{key}' where an integer is due", Advice);

    /// <summary>Items of a list or tuple; null when it is neither.</summary>
    public static IReadOnlyList<object?>? Items(object? value) => value is PickleTuple tuple ? tuple.Items : value as List<object?>;

    public static IReadOnlyList<double> Numbers(object? value, string key, string source)
    {
        var items = Items(value) ?? throw new DataException(source, $"has {Kind(value)} under the key '{key}' where a list is due", Advice);
        return [.. items.Select(Due)];

        double Due(object? item) => Number(item) ?? throw new DataException(source, $"has {Kind(item)} in the list '{key}' where a number is due", Advice);
    }

    /// <summary>A Python or numpy number; null when it is none.</summary>
    public static double? Number(object? value) => value switch
    {
        double number => number,
        long number => number,
        bool flag => flag ? 1 : 0,
        NumpyScalar { Dtype: "<f8" } scalar => BinaryPrimitives.ReadDoubleLittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<f4" } scalar => BinaryPrimitives.ReadSingleLittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<f2" } scalar => (double)BinaryPrimitives.ReadHalfLittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<i8" } scalar => BinaryPrimitives.ReadInt64LittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<u8" } scalar => BinaryPrimitives.ReadUInt64LittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<i4" } scalar => BinaryPrimitives.ReadInt32LittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<u4" } scalar => BinaryPrimitives.ReadUInt32LittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<i2" } scalar => BinaryPrimitives.ReadInt16LittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "<u2" } scalar => BinaryPrimitives.ReadUInt16LittleEndian(scalar.Bytes),
        NumpyScalar { Dtype: "|i1" } scalar => (sbyte)scalar.Bytes[0],
        NumpyScalar { Dtype: "|u1" or "|b1" } scalar => scalar.Bytes[0],
        _ => null,
    };

    /// <summary>A value as a message may show it; of a container only its kind.</summary>
    public static string Shown(object? value) => value switch
    {
        string text => MessageText.Shown(text),
        long or bool or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => Kind(value),
    };

    private static string Kind(object? value) => value is null ? "nothing" : Kind(value.GetType());

    private static string Kind(Type type) =>
        type == typeof(string) ? "text"
        : type == typeof(long) ? "an integer"
        : type == typeof(double) ? "a float"
        : type == typeof(PickleDict) ? "a dict"
        : type == typeof(List<object?>) ? "a list"
        : type == typeof(TensorReference) ? "a tensor"
        : type == typeof(PickleTuple) ? "a tuple"
        : type == typeof(byte[]) ? "bytes"
        : type == typeof(NumpyScalar) ? "a numpy scalar"
        : type == typeof(NumpyArray) ? "a numpy array"
        : type == typeof(TorchDevice) ? "a device"
        : $"a {type.Name}";
}
