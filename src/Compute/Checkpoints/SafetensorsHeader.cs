using System.Buffers.Binary;
using System.Text.Json;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>A tensor of a safetensors file: its place is in bytes behind the header.</summary>
internal sealed record SafetensorsEntry(string Name, string StorageType, IReadOnlyList<long> Shape, long Begin, long End);

/// <summary>
/// The header of a safetensors file: eight bytes that tell its length, then JSON that maps each name to <c>dtype</c>, <c>shape</c> and
/// <c>data_offsets</c>, and <c>__metadata__</c> to texts. The tensors fill the rest of the file without overlap and without a hole.
/// </summary>
/// <param name="Entries">In the header's order.</param>
/// <param name="Metadata">In the header's order.</param>
/// <param name="DataOffset">Where the tensors begin in the file.</param>
internal sealed record SafetensorsHeader(
    IReadOnlyList<SafetensorsEntry> Entries,
    IReadOnlyList<KeyValuePair<string, string>> Metadata,
    long DataOffset)
{
    public const string MetadataKey = "__metadata__";
    public const int PrefixLength = sizeof(long);

    // A network of a thousand names has some 200 kB; the format's own limit is 100 MB.
    private const int LongestHeader = 1 << 24, MostDimensions = 64, DeepestJson = 4;

    private static readonly Dictionary<string, string> StorageTypes = new(StringComparer.Ordinal)
    {
        ["F32"] = "FloatStorage",
        ["F64"] = "DoubleStorage",
        ["F16"] = "HalfStorage",
        ["BF16"] = "BFloat16Storage",
        ["I64"] = "LongStorage",
        ["I32"] = "IntStorage",
        ["I16"] = "ShortStorage",
        ["I8"] = "CharStorage",
        ["U8"] = "ByteStorage",
        ["BOOL"] = "BoolStorage",
    };

    /// <exception cref="DataException">It is no such header, or what it tells does not fit the file.</exception>
    public static SafetensorsHeader Read(RawFile file)
    {
        var prefix = file.Bytes(0, PrefixLength);
        if (prefix.Length < PrefixLength) throw Bad(file.Path, $"has {prefix.Length} bytes, which is less than the length of a header takes");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader) throw Bad(file.Path, $"announces a header of {length} bytes where at most {LongestHeader} are read");
        if (length < 2 || (long)length > file.Length - PrefixLength)
            throw Bad(file.Path, $"announces a header of {length} bytes in a file of {file.Length}");
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = DeepestJson, AllowDuplicateProperties = false };
            using var json = JsonDocument.Parse(file.Bytes(PrefixLength, (int)length), options);
            var dataOffset = PrefixLength + (long)length;
            var header = Parse(json.RootElement, dataOffset, file.Path);
            header.CheckPlaces(file.Length - dataOffset, file.Path);
            return header;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            throw Bad(file.Path, $"has a header that is not the JSON of such a file ({MessageText.Shown(e.Message)})", e);
        }
    }

    private static SafetensorsHeader Parse(JsonElement root, long dataOffset, string path)
    {
        if (root.ValueKind != JsonValueKind.Object) throw Bad(path, "has a header that is no object");
        var (entries, metadata) = (new List<SafetensorsEntry>(), new List<KeyValuePair<string, string>>());
        foreach (var property in root.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object) throw Bad(path, $"describes '{MessageText.Shown(property.Name)}' by something else than an object");
            if (property.Name != MetadataKey)
            {
                entries.Add(Tensor(property.Name, property.Value, path));
                continue;
            }

            foreach (var item in property.Value.EnumerateObject())
            {
                if (item.Value.ValueKind != JsonValueKind.String) throw Bad(path, $"has the metadata '{MessageText.Shown(item.Name)}', which is no text");
                metadata.Add(new(item.Name, item.Value.GetString()!));
            }
        }

        return new SafetensorsHeader(entries, metadata, dataOffset);
    }

    private static SafetensorsEntry Tensor(string name, JsonElement tensor, string path)
    {
        var shown = MessageText.Shown(name);
        if (!tensor.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String) throw Bad(path, $"gives '{shown}' no dtype");
        if (!StorageTypes.TryGetValue(dtype.GetString()!, out var type))
            throw Bad(path, $"has '{shown}' as {MessageText.Shown(dtype.GetString()!)}; {string.Join(", ", StorageTypes.Keys)} are read");

        var (shape, places) = (Longs(tensor, "shape", MostDimensions), Longs(tensor, "data_offsets", 2));
        if (shape is null) throw Bad(path, $"gives '{shown}' no shape of at most {MostDimensions} whole numbers from 0");
        if (places is not [var begin, var end] || begin > end) throw Bad(path, $"gives '{shown}' no data_offsets of two whole numbers, begin and end");
        var bytes = shape.Aggregate((long)TorchDtypes.Of(type).Size, (a, b) => checked(a * b));
        if (bytes != end - begin)
            throw Bad(path, $"gives '{shown}' the bytes {begin} to {end}, but {dtype.GetString()} of shape ({string.Join(", ", shape)}) takes {bytes}");
        return new SafetensorsEntry(name, type, shape, begin, end);
    }

    private static long[]? Longs(JsonElement tensor, string key, int most)
    {
        if (!tensor.TryGetProperty(key, out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > most) return null;
        var values = new long[list.GetArrayLength()];
        for (var i = 0; i < values.Length; i++)
            if (list[i].ValueKind != JsonValueKind.Number || !list[i].TryGetInt64(out values[i]) || values[i] < 0)
                return null;
        return values;
    }

    private void CheckPlaces(long dataLength, string path)
    {
        var end = 0L;
        foreach (var entry in Entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin != end)
            {
                var what = entry.Begin < end ? "overlaps the tensor before it" : $"leaves a hole of {entry.Begin - end} bytes";
                throw Bad(path, $"has '{MessageText.Shown(entry.Name)}' at byte {entry.Begin}, which {what}");
            }

            end = entry.End;
        }

        if (end != dataLength) throw Bad(path, $"has {dataLength} bytes of tensors where its header places {end}");
    }

    private static DataException Bad(string path, string problem, Exception? inner = null) =>
        new(path, problem, "it is damaged or no safetensors file; copy it again from where it came", inner);
}
