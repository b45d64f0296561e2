using System.Buffers.Binary;
using System.Globalization;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// Pickled values as Python's own: numpy's numbers become numbers and torch's devices their names, so that readers of weights only take the file when it is written
/// again (spec 10 section 6.3). numpy's arrays stay what they are.
/// </summary>
internal static class PlainValues
{
    public static object? Of(object? value) => value switch
    {
        NumpyScalar scalar => Number(scalar),
        TorchDevice device => Name(device),
        PickleTuple tuple => new PickleTuple([.. tuple.Items.Select(Of)]),
        List<object?> list => list.Select(Of).ToList(),
        PickleDict dict => Dict(dict, dict.Entries),
        _ => value,
    };

    /// <summary>Such as <c>cuda:0</c>.</summary>
    public static string Name(TorchDevice device) =>
        device.Index is { } index ? $"{device.Type}:{index.ToString(CultureInfo.InvariantCulture)}" : device.Type;

    /// <summary>What a dict has beyond the known keys. A value that holds a tensor is left out: its record lies in the archive that was read.</summary>
    public static PickleDict Others(PickleDict? dict, IReadOnlyCollection<string> known) =>
        dict is null ? new PickleDict() : Dict(dict, dict.Entries.Where(e => !(e.Key is string key && known.Contains(key)) && !HoldsTensor(e.Value)));

    private static PickleDict Dict(PickleDict like, IEnumerable<KeyValuePair<object, object?>> entries)
    {
        var plain = new PickleDict(like.IsOrdered);
        foreach (var (key, item) in entries) plain.Add(Of(key)!, Of(item));
        return plain;
    }

    private static bool HoldsTensor(object? value) => value switch
    {
        TensorReference => true,
        PickleTuple or List<object?> => PickleFields.Items(value)!.Any(HoldsTensor),
        PickleDict dict => dict.Entries.Any(e => HoldsTensor(e.Value) || HoldsTensor(e.Key)),
        _ => false,
    };

    private static object Number(NumpyScalar scalar) => scalar.Dtype switch
    {
        "|b1" => scalar.Bytes[0] != 0,
        "<i8" => BinaryPrimitives.ReadInt64LittleEndian(scalar.Bytes),
        "<u8" => BinaryPrimitives.ReadUInt64LittleEndian(scalar.Bytes) is <= long.MaxValue and var whole ? (long)whole : PickleFields.Number(scalar)!.Value,
        ['<', 'f', ..] => PickleFields.Number(scalar)!.Value,
        _ => (long)PickleFields.Number(scalar)!.Value,
    };
}
