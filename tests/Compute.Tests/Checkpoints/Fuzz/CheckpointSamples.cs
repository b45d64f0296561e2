using System.IO.Compression;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints.Fuzz;

/// <summary>Checkpoints to be damaged: of ActorSeg, of torch, of nnU-Net.</summary>
internal static class CheckpointSamples
{
    public const string Ours = "ours", StateDict = "state_dict of torch", Safetensors = "safetensors", Legacy = "legacy", Nnunet = "nnunet";

    /// <summary>What needs the shared folder for <see cref="Nnunet"/>.</summary>
    public const string Shared = "golden/l_run/full/2d_checkpoint_final.pth";

    /// <summary>A small file of that kind.</summary>
    public static byte[] Make(string kind, TemporaryFolder folder)
    {
        var path = folder.File("sample");
        switch (kind)
        {
            case Ours: CheckpointFile.Write(path, SampleCheckpoint.Make(size: 4)); break;
            case StateDict: return File.ReadAllBytes(TestPaths.Golden("f_network", "small", "plain3d.pth"));
            case Safetensors:
                CheckpointFile.Write(path, SampleCheckpoint.Make(size: 4));
                SafetensorsFile.Write(path, CheckpointFile.ReadWeights(path));
                break;
            case Legacy:
                var storages = new TorchStorages();
                var pickle = Pickle.Write(CheckpointEncoding.Encode(SampleCheckpoint.Make(size: 4), storages));
                var records = storages.Records.Select(r => (float[])r).ToArray();
                File.WriteAllBytes(path, LegacyTorchTests.Join(pickle, [.. records.Select((_, i) => $"{i}")], [.. records.Select(LegacyTorchTests.Floats)]));
                break;
            default: Thin(TestPaths.SharedPath(Shared), path); break;
        }

        return File.ReadAllBytes(path);
    }

    /// <summary>The members of a zip.</summary>
    public static List<(string Name, byte[] Content)> Members(byte[] file)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        return [.. zip.Entries.Select(entry =>
        {
            using var stream = entry.Open();
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return (entry.FullName, content.ToArray());
        })];
    }

    /// <summary>A zip of those members with right checksums, so that what is damaged in them is reached.</summary>
    public static byte[] Zip(IEnumerable<(string Name, byte[] Content)> members)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        foreach (var (name, content) in members) zip.Add(name, content);
        zip.Finish();
        return stream.ToArray();
    }

    // All of a real checkpoint's dict, numpy scalars and all, but no extent above 2, so that thousands can be tried.
    private static void Thin(string real, string path)
    {
        using var archive = TorchArchive.Open(real);
        var storages = new TorchStorages();
        var thin = new Dictionary<string, TensorReference>();
        var root = Copy(archive.Root);
        using var stream = File.Create(path);
        _ = TorchArchive.Write(stream, "checkpoint_final", root, storages);

        object? Copy(object? value)
        {
            switch (value)
            {
                case PickleTuple tuple: return new PickleTuple([.. tuple.Items.Select(Copy)]);
                case List<object?> list: return list.Select(Copy).ToList();
                case PickleDict dict:
                    var copy = new PickleDict(dict.IsOrdered);
                    foreach (var (key, item) in dict.Entries) copy.Add(key, Copy(item));
                    return copy;
                case TensorReference tensor:
                    if (thin.TryGetValue(tensor.Key, out var known)) return known;
                    long[] shape = [.. tensor.Shape.Select(e => Math.Min(e, 2))];
                    return thin[tensor.Key] = storages.Add(shape, new float[shape.Aggregate(1L, (a, b) => a * b)]);
                default: return value;
            }
        }
    }
}
