using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints.Interop;

/// <summary>
/// Everything a pickle holds as JSON, in the form that torch_interop.py gives it: floats as their bits, tensors as dtype, shape, digest of their float32 values and
/// the number of their storage in order of appearance.
/// </summary>
internal sealed class PickleTree(Func<TensorReference, float[]> values)
{
    private readonly Dictionary<string, int> _storages = [];

    public static JsonNode? Of(TorchArchiveReader archive) => new PickleTree(archive.ReadFloats).Of(archive.Root);

    public JsonNode? Of(object? value) => value switch
    {
        null => null,
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create((long)number),
        long number => JsonValue.Create(number),
        double number => Tagged("float", [BitConverter.DoubleToUInt64Bits(number).ToString("x16")]),
        string text => JsonValue.Create(text),
        byte[] bytes => Tagged("bytes", [Convert.ToHexStringLower(bytes)]),
        PickleTuple tuple => Tagged("tuple", [.. tuple.Items.Select(Of)]),
        List<object?> list => Tagged("list", [.. list.Select(Of)]),
        PickleDict dict => Tagged(dict.IsOrdered ? "ordered" : "dict", [.. dict.Entries.Select(e => (JsonNode)new JsonArray(Of(e.Key), Of(e.Value)))]),
        NumpyScalar scalar => Tagged("numpy", [scalar.Dtype, new JsonArray(), Convert.ToHexStringLower(scalar.Bytes)]),
        NumpyArray array => Tagged("numpy", [array.Dtype, Shape(array.Shape), Convert.ToHexStringLower(array.Bytes)]),
        TorchDevice device => Tagged("device", [PlainValues.Name(device)]),
        TensorReference tensor => Tensor(tensor),
        _ => throw new ArgumentException($"a {value.GetType().Name} is no pickled value", nameof(value)),
    };

    private JsonObject Tensor(TensorReference tensor)
    {
        _ = _storages.TryAdd(tensor.Key, _storages.Count);
        var digest = SHA256.HashData(MemoryMarshal.AsBytes<float>(values(tensor)));
        return Tagged("tensor", [TorchDtypes.Of(tensor.StorageType).Dtype, Shape(tensor.Shape), Convert.ToHexStringLower(digest), _storages[tensor.Key]]);
    }

    private static JsonArray Shape(IEnumerable<long> shape) => [.. shape.Select(e => (JsonNode)e)];

    private static JsonObject Tagged(string tag, JsonArray content) => new() { [tag] = content };
}
