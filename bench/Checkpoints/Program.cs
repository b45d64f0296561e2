using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;

// A checkpoint of some 125 MB, weights and momentum, against the bare file: loading against File.ReadAllBytes, writing with verification against the same bytes with one
// fsync, in turn, each into fresh memory or a new file; and a description, which reads the weights alone. Usage: [PAIRS] [FOLDER]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var pairs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9;
var folder = Directory.CreateDirectory(Path.Combine(args.Length > 1 ? args[1] : Path.GetTempPath(), $"actorseg-bench-{Guid.NewGuid():N}")).FullName;
try
{
    var (checkpoint, path) = (Make(), Path.Combine(folder, "checkpoint_final.pth"));
    CheckpointFile.Write(path, checkpoint);
    var bytes = File.ReadAllBytes(path);
    Console.WriteLine($"{bytes.Length / 1e6:F1} MB, {checkpoint.Weights.Count} parameters, {checkpoint.StateNames.Count} names");
    Compare("load", "reading the file", () => CheckpointFile.Read(path), () => File.ReadAllBytes(path));
    var (again, plain) = (Path.Combine(folder, "ours.pth"), Path.Combine(folder, "bytes"));
    Compare("write and verify", "writing with fsync", () => WriteOurs(again, checkpoint), () => WriteBytes(plain, bytes));
    Compare("describe", "reading the file", () => CheckpointFile.Describe(path), () => File.ReadAllBytes(path));
}
finally
{
    Directory.Delete(folder, recursive: true);
}

void Compare(string name, string bare, Func<object> ours, Func<object> theirs)
{
    var times = new List<(Spent Ours, Spent Theirs)>();
    for (var i = 0; i <= pairs; i++)
    {
        var first = Time(i % 2 == 0 ? ours : theirs);
        var second = Time(i % 2 == 0 ? theirs : ours);
        if (i > 0) times.Add(i % 2 == 0 ? (first, second) : (second, first)); // the first pair compiles
    }

    foreach (var (a, b) in times)
    {
        Console.WriteLine($"  {a.Wall * 1e3,7:F1} ms, {bare} {b.Wall * 1e3,7:F1} ms, {a.Wall / b.Wall:F2};"
            + $" on the processor {a.Processor * 1e3,7:F1} and {b.Processor * 1e3,7:F1} ms, {a.Processor / b.Processor:F2}");
    }

    var (wall, processor) = (Median(times.Select(t => t.Ours.Wall / t.Theirs.Wall)), Median(times.Select(t => t.Ours.Processor / t.Theirs.Processor)));
    Console.WriteLine($"{name} takes {wall:F2} times {bare}, on the processor {processor:F2} (medians of {pairs} pairs)");
}

Spent Time(Func<object> action)
{
    foreach (var left in (string[])["ours.pth", "bytes"]) File.Delete(Path.Combine(folder, left));
    GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true); // memory goes back, so that everyone takes it anew
    var (processor, clock) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.StartNew());
    GC.KeepAlive(action());
    return new Spent(clock.Elapsed.TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds);
}

static object WriteOurs(string path, Checkpoint checkpoint)
{
    CheckpointFile.Write(path, checkpoint);
    return path;
}

static object WriteBytes(string path, byte[] bytes)
{
    using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
    stream.Write(bytes);
    stream.Flush(flushToDisk: true);
    return path;
}

static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

static Checkpoint Make()
{
    int[] features = [32, 64, 128, 256, 320];
    var spec = new ArchitectureSpec
    {
        NetworkClassName = ArchitectureSpec.PlainConvUNet,
        Dimensions = 3,
        FeaturesPerStage = features,
        KernelSizes = [.. features.Select(_ => new[] { 3, 3, 3 })],
        Strides = [.. features.Select((_, s) => s == 0 ? new[] { 1, 1, 1 } : [2, 2, 2])],
        EncoderCounts = [2, 2, 2, 2, 2],
        DecoderCounts = [2, 2, 2, 2],
    };
    using var network = UNet.Build(spec, inputChannels: 1, heads: 3, seed: 1);
    var weights = network.Save();
    var random = new Random(1);
    var momentum = weights.Select(w =>
    {
        var values = new float[w.Values.Length];
        random.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        return w with { Values = values };
    });
    return new Checkpoint
    {
        Weights = weights,
        StateNames = network.StateNames,
        Optimizer = OptimizerState.Sgd([.. momentum], learningRate: 0.01),
        History = [],
        CurrentEpoch = 0,
        TrainerName = "nnUNetTrainer",
        Configuration = "3d_fullres",
        Fold = new Fold(0),
        Plans = new JsonObject(),
        DatasetJson = new JsonObject(),
        MirroringAxes = [0, 1, 2],
    };
}

internal readonly record struct Spent(double Wall, double Processor);
