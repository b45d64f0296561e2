using System.Globalization;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>The zip that <c>torch.save</c> writes: a pickle that refers to one raw record per tensor storage (spec 10 section 1).</summary>
public static class TorchArchive
{
    /// <summary>Opens an archive and reads its pickle; tensors are read when asked for.</summary>
    /// <exception cref="DataException">Missing, damaged, not such an archive, or its pickle asks for what is not allowed.</exception>
    public static TorchArchiveReader Open(string path) => new(path);

    /// <summary>Writes an archive: stored members, contents at multiples of 64 bytes.</summary>
    /// <param name="stream">At its first byte.</param>
    /// <param name="prefix">Folder of the members: the file's stem.</param>
    /// <param name="root">What to pickle; its tensors come from <paramref name="storages"/>.</param>
    /// <param name="storages">The records, written in their order.</param>
    /// <returns>The members with their checksums.</returns>
    public static IReadOnlyList<ZipEntry> Write(Stream stream, string prefix, object? root, TorchStorages storages)
    {
        var zip = new ZipWriter(stream);
        zip.Add($"{prefix}/data.pkl", Pickle.Write(root));
        zip.Add($"{prefix}/byteorder", "little"u8);
        for (var key = 0; key < storages.Records.Count; key++)
        {
            var name = $"{prefix}/data/{key.ToString(CultureInfo.InvariantCulture)}";
            if (storages.Records[key] is float[] floats) zip.Add<float>(name, [], floats);
            else zip.Add<long>(name, [], (long[])storages.Records[key]);
        }

        zip.Add($"{prefix}/version", "3\n"u8);
        zip.Finish();
        return zip.Entries;
    }

    /// <summary>The folder of an archive's members: the file's stem, or <c>archive</c> when that is not ASCII, as torch has it.</summary>
    public static string PrefixFor(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return stem.Length > 0 && stem.All(char.IsAscii) ? stem : "archive";
    }
}

/// <summary>Collects the storages of an archive in the making; arrays are referred to, not copied.</summary>
public sealed class TorchStorages
{
    private readonly List<Array> _records = [];

    /// <summary>float[] and long[], by key.</summary>
    public IReadOnlyList<Array> Records => _records;

    /// <summary>A new storage with a contiguous float32 tensor in it.</summary>
    public TensorReference Add(IReadOnlyList<long> shape, float[] values) => Add("FloatStorage", shape, values);

    /// <summary>A new storage with a contiguous int64 tensor in it.</summary>
    public TensorReference Add(IReadOnlyList<long> shape, long[] values) => Add("LongStorage", shape, values);

    private TensorReference Add(string type, IReadOnlyList<long> shape, Array values)
    {
        if (shape.Aggregate(1L, (a, b) => checked(a * b)) != values.LongLength)
            throw new ArgumentException($"a tensor of shape ({string.Join(", ", shape)}) has {values.LongLength} values", nameof(values));
        var key = _records.Count.ToString(CultureInfo.InvariantCulture);
        _records.Add(values);
        return new TensorReference(type, key, values.LongLength, 0, shape, TorchDtypes.ContiguousStrides(shape));
    }
}
