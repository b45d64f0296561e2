using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>What lies around a checkpoint's pickle: the raw records of its storages, in a zip or behind one another.</summary>
internal abstract class TorchRecords(string path) : IDisposable
{
    protected const string CopyAgain = "copy the file again from where it came";

    public string Path { get; } = path;

    /// <summary>What was pickled.</summary>
    public abstract object? Root { get; }

    /// <summary>Members of the zip; empty where there is none.</summary>
    public virtual IReadOnlyList<ZipEntry> Entries => [];

    /// <summary>Bytes of all records; what is made of them may not be much more.</summary>
    public abstract long TotalBytes { get; }

    /// <summary>Bytes of records read so far.</summary>
    public abstract long BytesRead { get; }

    /// <summary>Opens what <c>torch.save</c> wrote, by its first bytes.</summary>
    /// <exception cref="DataException">Missing, damaged, or another kind of file, which is named.</exception>
    public static TorchRecords Open(string path)
    {
        byte[] head;
        using (var file = RawFile.Open(path)) head = file.Bytes(0, TorchFileKind.HeadLength);
        return TorchFileKind.Of(head) switch
        {
            null or TorchFileKind.Zip => new ZipRecords(path),
            TorchFileKind.Legacy => new LegacyRecords(path),
            var kind => throw new DataException(path, $"is {kind}, not a checkpoint that torch 1.6 or later wrote", TorchFileKind.Advice(kind)),
        };
    }

    /// <summary>The values of a record as float32, after its length was compared with the values announced.</summary>
    /// <exception cref="DataException">It is missing, damaged or of another length.</exception>
    public abstract float[] Read(string key, string storageType, long elements);

    public abstract void Dispose();
}
