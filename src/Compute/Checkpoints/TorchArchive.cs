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
            if (storages.Records[key] is float[] floats) zip.Add<float>(RecordName(prefix, key), [], floats);
            else zip.Add<long>(RecordName(prefix, key), [], (long[])storages.Records[key]);
        }

        zip.Add($"{prefix}/version", "3\n"u8);
        zip.Finish();
        return zip.Entries;
    }

    /// <summary>
    /// Reads a written archive again: that its pickle is one that is read, that its members are those that were written, and that every record is to the bit what
    /// lies in memory, which tells more than any digest of it. Holds no tensor a second time.
    /// </summary>
    /// <exception cref="DataException">It reads back otherwise.</exception>
    internal static void Verify(string path, string prefix, IReadOnlyList<ZipEntry> written, TorchStorages storages)
    {
        using (var archive = Open(path))
            if (!archive.Entries.SequenceEqual(written)) throw Differs(path, "other records than were written");
        using var zip = ZipReader.Open(path);
        var records = new HashSet<string>(StringComparer.Ordinal);
        for (var key = 0; key < storages.Records.Count; key++)
        {
            var name = RecordName(prefix, key);
            var holds = zip.Find(name) is { } entry
                && (storages.Records[key] is float[] floats ? zip.Holds<float>(entry, floats) : zip.Holds<long>(entry, (long[])storages.Records[key]));
            if (!holds) throw Differs(path, $"other values in the record '{key}' than were written");
            _ = records.Add(name);
        }

        foreach (var entry in written)
            if (!records.Contains(entry.Name))
                zip.Verify(entry);
    }

    /// <summary>The folder of an archive's members: the file's stem, or <c>archive</c> when that is not ASCII, as torch has it.</summary>
    public static string PrefixFor(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return stem.Length > 0 && stem.All(char.IsAscii) ? stem : "archive";
    }

    private static string RecordName(string prefix, int key) => $"{prefix}/data/{key.ToString(CultureInfo.InvariantCulture)}";

    private static DataException Differs(string path, string how) => new(path, $"reads back with {how}", "check the disk and memory of this machine");
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
