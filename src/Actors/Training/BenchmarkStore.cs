using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>In place of checkpoints, of which a benchmark has none: the time of its fastest epoch, in <c>benchmark_result.json</c> of the fold's folder.</summary>
internal sealed class BenchmarkStore(TrainingSetup setup, RunClaim claim) : ICheckpointStore
{
    private const string Processors = "/proc/cpuinfo", Gpus = "/proc/driver/nvidia/gpus";

    public FoundCheckpoint FindNewest() => new(null, null, []);

    public string Write(CheckpointKind kind, RunCheckpoint checkpoint, CancellationToken abandoned)
    {
        if (kind == CheckpointKind.Final) Write(checkpoint.History.Min(epoch => epoch.Ended - epoch.Started));
        return "";
    }

    /// <summary>A step failed, for want of memory as a rule.</summary>
    public void WriteCrash() => Write(null);

    private void Write(double? seconds)
    {
        claim.Require();
        Directory.CreateDirectory(setup.FoldFolder);
        // TorchSharp does not tell the version of cuDNN.
        var machine = new BenchmarkMachine(Environment.MachineName, Devices.TorchVersion, Cudnn: null, setup.Device == "cpu" ? Processor() : Gpu(), setup.Options.Devices);
        BenchmarkFile.Add(Path.Combine(setup.FoldFolder, BenchmarkFile.Name), machine, seconds);
    }

    private static string Processor() => Field(Processors, "model name") ?? "CPU";

    private static string Gpu() => Directory.Exists(Gpus) && Directory.GetDirectories(Gpus).Order(StringComparer.Ordinal).FirstOrDefault() is { } first
        ? Field(Path.Combine(first, "information"), "Model") ?? "GPU"
        : "GPU";

    private static string? Field(string file, string name) => !File.Exists(file) ? null
        : File.ReadLines(file).Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()).FirstOrDefault();
}
