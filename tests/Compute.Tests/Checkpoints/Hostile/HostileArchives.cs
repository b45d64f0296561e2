using System.IO.Compression;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Tests.Checkpoints.Hostile;

/// <summary>Archives that lie about their records, each with a part of the sentence it is refused with.</summary>
internal static class HostileArchives
{
    private const string Axes = "inference_allowed_mirroring_axes";

    private static readonly byte[] Pickled = Pickle.Write(State(("w", Floats("0", 4, [4]))));

    public static IEnumerable<(string Name, string Says, Func<byte[]> File)> All()
    {
        // tensors and their storages
        yield return ("a tensor past its storage", "beyond its storage", () => Of(State(("w", Floats("0", 4, [5])))));
        yield return ("an offset past its storage", "beyond its storage", () => Of(State(("w", Floats("0", 4, [2]) with { Offset = 3 }))));
        yield return ("an offset that overflows", "refused", () => Of(State(("w", Floats("0", 4, [2]) with { Offset = long.MaxValue }))));
        yield return ("strides that overflow", "refused", () => Of(State(("w", Floats("0", 4, [3, 3]) with { Strides = [long.MaxValue, 2] }))));
        yield return ("extents that overflow", "refused", () => Of(State(("w", Floats("0", 4, [1L << 32, 1L << 32]) with { Strides = [0, 0] }))));
        yield return ("an element repeated without end", "beyond its storage", () => Of(State(("w", Floats("0", 4, [1_000_000]) with { Strides = [0] }))));
        yield return ("no element in too many dimensions", "refused", () => Of(State(("w", Floats("0", 4, [1L << 62, 1L << 62, 0]) with { Strides = [0, 0, 0] }))));
        yield return ("65 dimensions", "65 dimensions", () => Of(State(("w", Floats("0", 1, [.. Enumerable.Repeat(1L, 65)])))));
        yield return ("a record shorter than declared", "16 bytes where 5 values", () => Of(State(("w", Floats("0", 5, [5])))));
        yield return ("a record longer than declared", "16 bytes where 3 values", () => Of(State(("w", Floats("0", 3, [3])))));
        yield return ("a record of 2^60 values", "16 bytes where", () => Of(State(("w", Floats("0", 1L << 60, [1L << 60])))));
        yield return ("a record whose bytes overflow", "16 bytes where", () => Of(State(("w", Floats("0", (1L << 62) + 4, [4])))));
        yield return ("a record that is missing", "no record '7'", () => Of(State(("w", Floats("7", 4, [4])))));
        yield return ("a record outside", "no record '../version'", () => Of(State(("w", Floats("../version", 4, [4])))));
        yield return ("a record named with a megabyte", "...' that a tensor refers to", () => Of(State(("w", Floats(new string('k', 1_000_000), 4, [4])))));
        yield return ("a record of two types", "LongStorage of 2", () => Of(State(("a", Floats("0", 4, [4])), ("b", Floats("0", 2, [2]) with { StorageType = "LongStorage" }))));
        yield return ("a record of two types of one size", "IntStorage of 4", () =>
            Of(State(("a", Floats("0", 4, [4])), ("b", Floats("0", 4, [4]) with { StorageType = "IntStorage" }))));
        yield return ("views without end", "views", () =>
            Of(State([.. Enumerable.Range(0, 2_000).Select(i => ($"w{i}", Floats("0", 100_000, [50_000]) with { Offset = i }))]), new byte[400_000]));
        yield return ("one record for many parameters", "far larger than the file", () =>
            Of(State([.. Enumerable.Range(0, 2_000).Select(i => ($"w{i}", Floats("0", 1 << 20, [1 << 20])))]), new byte[1 << 22]));
        yield return ("names that disagree", "different values", () => Of(
            State(("x.conv.weight", Floats("0", 4, [4])), ("x.all_modules.0.weight", Floats("1", 4, [4]))), new byte[16], [1, .. new byte[15]]));
        yield return ("a name of wrappers without end", "names a tensor with", () => Of(State((string.Concat(Enumerable.Repeat("module.", 100_000)), Floats("0", 4, [4])))));

        // what the dict says
        yield return ("no dict", "does not hold a dict", () => Of(new List<object?> { 1L }));
        yield return ("no weights", "network_weights", () => Of(State(("w", Floats("0", 4, [4])), ("n", 3L))));
        yield return ("weights that are no tensors", "which is no tensor", () => Of(State(("network_weights", State(("a", 1L))))));
        yield return ("no weight at all", "no network weights", () => Of(State(("network_weights", new PickleDict()))));

        yield return ("names with escapes", "no name has", () => Of(State(("w\u001b[2J", Floats("0", 4, [4])))));

        // the zip itself
        yield return ("nothing", "0 bytes", () => []);
        yield return ("two letters", "2 bytes", () => "PK"u8.ToArray());
        yield return ("zeros", "no end record", () => new byte[100_000]);
        yield return ("no pickle", "no data.pkl", () => Zip(("p/version", [51])));
        yield return ("an older layout", "no data.pkl", () => Zip(("p/q/data.pkl", Pickled)));
        yield return ("a big-endian machine", "big-endian", () => Zip(("p/data.pkl", Pickled), ("p/byteorder", "big"u8.ToArray())));
        yield return ("a byte order of a megabyte", "at most 16", () => Zip(("p/data.pkl", Pickled), ("p/byteorder", new byte[1_000_000])));
        yield return ("a member that leads out", "has '..'", () => Zip(("p/data.pkl", Pickled), ("p/../../etc/passwd", [1])));
        yield return ("a member with an absolute name", "is absolute", () => Zip(("p/data.pkl", Pickled), ("/etc/passwd", [1])));
        yield return ("a member of Windows", "is absolute", () => Zip(("p/data.pkl", Pickled), ("C:\\autoexec.bat", [1])));
        yield return ("a member with escapes", "control characters", () => Zip(("p/data.pkl", Pickled), ("p/\u001b[2J", [1])));
        yield return ("two members of one name", "listed twice", () => Zip(("p/data.pkl", Pickled), ("p/data/0", new byte[16]), ("p/data/0", [1, .. new byte[15]])));
        yield return ("two pickles of one name", "listed twice", () => Zip(("p/data.pkl", Pickled), ("p/data.pkl", Pickled)));
        yield return ("two pickles of two names", "readers could differ", () => Zip(("p/data.pkl", Pickled), ("q/data.pkl", Pickled), ("p/data/0", new byte[16])));
        yield return ("a bomb of a pickle", "unpack to more than", () => Deflated(("p/data.pkl", new byte[200_000_000])));
        yield return ("a bomb of records", "unpack to more than", () =>
            Deflated([("p/data.pkl", Pickled), .. Enumerable.Range(0, 4).Select(i => ($"p/data/{i}", new byte[50_000_000]))]));
        yield return ("a claim beyond deflate", "claims to unpack", () => Patched(Deflated(("p/data.pkl", Pickled)), Directory, 24, BitConverter.GetBytes(60_000_000)));
        yield return ("a stored member of two lengths", "two different lengths", () => Patched(Good(), Directory, 24, BitConverter.GetBytes(7)));
        yield return ("a member past the end", "outside the file", () => Patched(Good(), Directory, 42, BitConverter.GetBytes(int.MaxValue)));
        yield return ("a member of 4 GiB", "outside the file", () =>
            Patched(Patched(Good(), Directory, 20, BitConverter.GetBytes(0xFFFFFFFE)), Directory, 24, BitConverter.GetBytes(0xFFFFFFFE)));
        yield return ("an encrypted member", "encrypted", () => Patched(Good(), Directory, 8, [1]));
        yield return ("a member packed by bzip2", "method 12", () => Patched(Good(), Directory, 10, [12]));
        yield return ("a link", "is a link", () => Patched(Good(), Directory, 38, BitConverter.GetBytes(0xA1FFu << 16)));
        yield return ("a wrong checksum", "checksum", () => Patched(Good(), Directory, 16, [1, 2, 3, 4]));
        yield return ("a name other than in front of the member", "not where the directory says", () => Patched(Good(), Directory, 46, "x"u8.ToArray()));
        yield return ("a flood of members", "announces", () => Patched(Good(), End, 8, [0x60, 0xEA, 0x60, 0xEA]));
        yield return ("a directory past the end", "does not fit the file", () => Patched(Good(), End, 16, BitConverter.GetBytes(int.MaxValue)));
        yield return ("one part of several", "several", () => Patched(Good(), End, 4, [3]));
        yield return ("members inside another", "overlap", () => Nested());

        // other files under the name of a checkpoint
        yield return ("a web page", "a web page", () => "<!DOCTYPE html><html><body>Please log in</body></html>"u8.ToArray());
        yield return ("a pointer", "git lfs pull", () => "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"u8.ToArray());
        yield return ("a plain pickle", "torch.save", () => Pickle.Write(State(("a", 1L))));
        yield return ("a tar of old", "torch.save", () => Tar());
        yield return ("a gzip", "unpack it first", () => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// <summary>Weights that are right in a dict that is not: only who wants the weights alone can read them.</summary>
    public static IEnumerable<(string Name, string Says, Func<byte[]> File)> Dicts()
    {
        yield return ("a trainer's name with escapes", "no text to show", () => Of(Whole(("trainer_name", "nnUNet\u001b[2J"))));
        yield return ("a trainer's name of a megabyte", "too long for a name", () => Of(Whole(("trainer_name", new string('t', 1_000_000)))));
        yield return ("a configuration that is a number", "an integer under the key 'configuration'", () => Of(Whole(("init_args", State(("configuration", 3L))))));
        yield return ("an axis that no image has", "mirroring axes (7)", () => Of(Whole((Axes, new PickleTuple([7L])))));
        yield return ("an axis twice", "mirroring axes (0, 0)", () => Of(Whole((Axes, new PickleTuple([0L, 0L])))));
        yield return ("axes without end", "mirroring axes", () => Of(Whole((Axes, new List<object?>(Enumerable.Repeat<object?>(0L, 100_000))))));
        yield return ("a curve that is no list", "where a list is due", () => Of(Whole(("logging", State(("lrs", 3L))))));
        yield return ("a tensor among the plans", "a tensor among its plans", () => Of(Whole(("init_args", State(
            ("configuration", "2d"), ("plans", State(("x", Floats("0", 4, [4])))))))));
        yield return ("an optimizer's state past its parameters", "parameter '1' of 1", () => Of(Optimizer([0L], (1L, Floats("0", 4, [4])))));
        yield return ("an optimizer's state below 0", "parameter '-1' of 1", () => Of(Optimizer([0L], (-1L, Floats("0", 4, [4])))));
        yield return ("an optimizer's state twice", "twice for parameter 0", () => Of(Optimizer([0L], (0L, Floats("0", 4, [4])), (0L, Floats("0", 4, [4])))));
        yield return ("an optimizer of a parameter that is not there", "each of 1 parameters once", () => Of(Optimizer([7L])));
        yield return ("an optimizer's parameter that is no number", "where an integer is due", () => Of(Optimizer(["0"])));
        yield return ("momentum of another shape", "another shape", () => Of(Optimizer([0L], (0L, Floats("0", 4, [2, 2])))));
        yield return ("momentum that is a list", "a list in the slot", () => Of(Optimizer([0L], (0L, new List<object?>()))));
        yield return ("a slot with escapes", "which is no name", () => Of(Optimizer([0L], [(0L, State(("x\u001b[2J", 1.0)))])));
        yield return ("a slot of a megabyte", "which is no name", () => Of(Optimizer([0L], [(0L, State((new string('s', 1_000_000), 1.0)))])));
        yield return ("slots without end", "far larger than the file", () =>
            Of(Optimizer([0L], [(0L, State([.. Enumerable.Range(0, 50_000).Select(i => ($"s{i}", (object?)Floats("1", 1 << 18, [1 << 18])))]))]), new byte[16], new byte[1 << 20]));
        yield return ("a learning rate of many values", "a tensor in the optimizer's setting 'lr'", () => Of(Whole(("optimizer_state", State(
            ("state", new PickleDict()), ("param_groups", new List<object?> { State(("lr", Floats("0", 4, [4])), ("params", new List<object?> { 0L })) }))))));
        yield return ("a fold below 0", "fold '-1'", () => Of(Whole(("init_args", State(("configuration", "2d"), ("fold", -1L))))));
        yield return ("an epoch below 0", "epoch -5", () => Of(Whole(("current_epoch", -5L))));
        yield return ("an epoch beyond 32 bits", "current_epoch", () => Of(Whole(("current_epoch", 1L << 40))));
    }

    /// <summary>A zip with a pickle and records.</summary>
    public static byte[] Archive(byte[] pickle, params byte[][] records) =>
        Zip([("p/data.pkl", pickle), .. records.Select((r, i) => ($"p/data/{i}", r)), ("p/version", "3\n"u8.ToArray())]);

    private static byte[] Of(object? root, params byte[][] records) => Archive(Pickle.Write(root), records.Length == 0 ? [new byte[16]] : records);

    private static byte[] Good() => Archive(Pickled, new byte[16]);

    private static PickleDict State(params (string Name, object? Value)[] entries)
    {
        var dict = new PickleDict();
        foreach (var (name, value) in entries) dict.Add(name, value);
        return dict;
    }

    // What describes itself and is refused for one thing only, by the readers that look at it.
    private static PickleDict Whole(params (string Name, object? Value)[] entries)
    {
        var whole = State(
            ("network_weights", State(("w", Floats("0", 4, [4])))), ("trainer_name", "nnUNetTrainer"), ("init_args", State(("configuration", "2d"), ("fold", 0L))));
        foreach (var (name, value) in entries) whole.Add(name, value);
        return whole;
    }

    // One group; what is kept for a parameter is its momentum, or slots of its own.
    private static PickleDict Optimizer(List<object?> parameters, params (long Index, object? Kept)[] state)
    {
        var kept = new PickleDict();
        foreach (var (index, value) in state) kept.Add(index, value as PickleDict ?? State(("momentum_buffer", value)));
        return Whole(("optimizer_state", State(("state", kept), ("param_groups", new List<object?> { State(("lr", 0.01), ("params", parameters)) }))));
    }

    private static TensorReference Floats(string key, long elements, long[] shape) =>
        new("FloatStorage", key, elements, 0, shape, [.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1L, (a, b) => a * b))]);

    private static byte[] Zip(params (string Name, byte[] Content)[] members)
    {
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        foreach (var (name, content) in members) zip.Add(name, content);
        zip.Finish();
        return stream.ToArray();
    }

    private static byte[] Deflated(params (string Name, byte[] Content)[] members)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in members)
            {
                using var member = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
                member.Write(content);
            }

        return stream.ToArray();
    }

    private static byte[] Tar()
    {
        var bytes = new byte[10_240];
        "storages"u8.CopyTo(bytes);
        "ustar"u8.CopyTo(bytes.AsSpan(257));
        return bytes;
    }

    // A second member whose header lies within the first one's content, where the sum of the lengths tells nothing.
    private static byte[] Nested()
    {
        var inner = Zip(("p/data/1", new byte[100]))[..200];
        var bytes = Zip(("p/data/0", [.. inner, .. new byte[1_000]]), ("p/data/1", new byte[100]), ("p/data.pkl", Pickled));
        var second = bytes.AsSpan().LastIndexOf("p/data/1"u8) - 46;
        BitConverter.GetBytes(64).CopyTo(bytes, second + 42);
        return bytes;
    }

    private static ReadOnlySpan<byte> Directory => [0x50, 0x4B, 1, 2];

    private static ReadOnlySpan<byte> End => [0x50, 0x4B, 5, 6];

    private static byte[] Patched(byte[] bytes, ReadOnlySpan<byte> signature, int at, ReadOnlySpan<byte> value)
    {
        value.CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf(signature) + at));
        return bytes;
    }
}
