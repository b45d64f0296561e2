using System.Buffers.Binary;
using System.Text.Json;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>
/// Network weights in the safetensors format: no pickle, nothing that could run, and other tools read it. A parameter is written once, under its first
/// name; its other names are told in the metadata, each with the name it stands for, as safetensors' own <c>save_model</c> does.
/// </summary>
public static class SafetensorsFile
{
    private const string FormatKey = "format";

    /// <summary>Whether a file begins as one of this format.</summary>
    /// <exception cref="DataException">Missing or unreadable.</exception>
    public static bool IsOne(string path)
    {
        using var file = RawFile.Open(path);
        return TorchFileKind.Of(file.Bytes(0, TorchFileKind.HeadLength)) == TorchFileKind.Safetensors;
    }

    /// <summary>Reads all weights as float32.</summary>
    /// <returns>The weights in the order in which the metadata, then the header name them.</returns>
    /// <exception cref="DataException">Missing, damaged, of another format, or names of one parameter carry different values.</exception>
    public static CheckpointWeights Read(string path)
    {
        using var file = RawFile.Open(path);
        var header = SafetensorsHeader.Read(file);
        var collector = new WeightsCollector(path, file.Length);
        var entries = header.Entries.ToDictionary(e => e.Name, StringComparer.Ordinal);
        var (read, named) = (new Dictionary<string, float[]>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (name, stored) in header.Metadata)
            if (name != FormatKey && entries.TryGetValue(stored, out var entry))
                Add(name, entry);
        foreach (var entry in header.Entries)
            if (!named.Contains(entry.Name))
                Add(entry.Name, entry);
        return collector.Finish();

        void Add(string name, SafetensorsEntry entry)
        {
            _ = named.Add(name);
            collector.Add(name, entry.Shape, TorchDtypes.Of(entry.StorageType).Dtype, () =>
                read.TryGetValue(entry.Name, out var known) ? known : read[entry.Name] = Values(file, header.DataOffset, entry));
        }
    }

    /// <summary>Writes weights as float32 and counters as int64, durably: a temporary file is read again and compared before it takes the name.</summary>
    /// <exception cref="ArgumentException">A name stands for a tensor that is not there, or a tensor has no name.</exception>
    /// <exception cref="ResourceException">The disk is full or fails.</exception>
    public static void Write(string path, CheckpointWeights weights)
    {
        var tensors = weights.Weights.Concat(weights.Buffers).ToDictionary(t => t.Name, StringComparer.Ordinal);
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, canonical) in weights.StateNames)
        {
            if (!tensors.ContainsKey(canonical)) throw new ArgumentException($"the name '{name}' stands for '{canonical}', which is not among the weights");
            _ = first.TryAdd(canonical, name);
        }

        if (first.Count != tensors.Count)
            throw new ArgumentException("some weights have no name in the state dict: " + string.Join(", ", tensors.Keys.Except(first.Keys)));

        // Eight-byte values come first, so that everything is aligned and can be mapped.
        var stored = weights.StateNames.Where(n => first[n.Canonical] == n.Name).Select(n => (n.Name, Tensor: tensors[n.Canonical]))
            .OrderBy(t => ParameterNames.IsCounter(t.Tensor.Name) ? 0 : 1).ToArray();
        try
        {
            DurableFile.Write(
                path,
                stream =>
                {
                    stream.Write(Header(stored, weights.StateNames.Select(n => (n.Name, first[n.Canonical]))));
                    foreach (var (_, tensor) in stored) WriteValues(stream, tensor);
                },
                temporary => Verify(temporary, weights));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResourceException($"{path}: the weights cannot be written ({e.Message}); free space or check the disk and its permissions", e);
        }
    }

    private static float[] Values(RawFile file, long dataOffset, SafetensorsEntry entry)
    {
        var count = (entry.End - entry.Begin) / TorchDtypes.Of(entry.StorageType).Size;
        return count <= Array.MaxLength
            ? TorchDtypes.Read(entry.StorageType, file.Values(dataOffset + entry.Begin), (int)count)
            : throw new DataException(file.Path, $"has '{MessageText.Shown(entry.Name)}' with {count} values, which is beyond an array", "split the tensor");
    }

    private static byte[] Header((string Name, NamedTensor Tensor)[] stored, IEnumerable<(string Name, string Stored)> names)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsHeader.MetadataKey);
            json.WriteString(FormatKey, "pt");
            foreach (var (name, kept) in names.DistinctBy(n => n.Name)) json.WriteString(name, kept);
            json.WriteEndObject();
            var at = 0L;
            foreach (var (name, tensor) in stored)
            {
                var (dtype, size) = ParameterNames.IsCounter(tensor.Name) ? ("I64", sizeof(long)) : ("F32", sizeof(float));
                json.WriteStartObject(name);
                json.WriteString("dtype", dtype);
                json.WriteStartArray("shape");
                foreach (var extent in tensor.Shape) json.WriteNumberValue(extent);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += size * tensor.Values.LongLength);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        const int Alignment = 8;
        while (text.Length % Alignment != 0) text.WriteByte((byte)' ');
        var header = new byte[SafetensorsHeader.PrefixLength + text.Length];
        BinaryPrimitives.WriteInt64LittleEndian(header, text.Length);
        text.ToArray().CopyTo(header, SafetensorsHeader.PrefixLength);
        return header;
    }

    private static void WriteValues(Stream stream, NamedTensor tensor)
    {
        if (ParameterNames.IsCounter(tensor.Name))
            foreach (var block in new ByteBlocks<long>(Array.ConvertAll(tensor.Values, v => (long)v))) stream.Write(block);
        else
            foreach (var block in new ByteBlocks<float>(tensor.Values)) stream.Write(block);
    }

    private static void Verify(string temporary, CheckpointWeights written)
    {
        var read = Read(temporary);
        if (CheckpointWeights.Sha256([.. read.Weights, .. read.Buffers]) != CheckpointWeights.Sha256([.. written.Weights, .. written.Buffers]))
            throw new DataException(temporary, "reads back with other weights than were written", "check the disk and memory of this machine");
    }
}
