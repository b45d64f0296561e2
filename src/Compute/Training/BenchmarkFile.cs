using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Training;

/// <summary>Where a benchmark ran.</summary>
/// <param name="Host">Name of the machine.</param>
/// <param name="Torch">Version of torch.</param>
/// <param name="Cudnn">Version of cuDNN; null where it is not known or not used.</param>
/// <param name="Device">Name of the GPU or the processor.</param>
/// <param name="Devices">How many of them shared each batch.</param>
public sealed record BenchmarkMachine(string Host, string Torch, string? Cudnn, string Device, int Devices = 1)
{
    /// <summary>What tells its result from those of others in the same file.</summary>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"{Host}__{Cudnn ?? "None"}__{Squeezed(Torch)}__{Squeezed(Device)}__num_gpus_{Devices}");

    private static string Squeezed(string text) => text.Replace(" ", "", StringComparison.Ordinal);
}

/// <summary><c>benchmark_result.json</c>, in which nnU-Net's benchmark trainers leave the fastest epoch of each machine (spec 05 section 16).</summary>
public static class BenchmarkFile
{
    /// <summary>Its name, in the folder of the fold.</summary>
    public const string Name = "benchmark_result.json";

    // nnU-Net's words.
    private const string Crashed = "Not enough VRAM!";

    /// <summary>Adds a machine's result to a file, or replaces it there.</summary>
    /// <param name="file">It may be there already.</param>
    /// <param name="machine">Where it ran.</param>
    /// <param name="seconds">Of the fastest epoch; null where a step failed.</param>
    /// <exception cref="DataException">The file is there and cannot be read.</exception>
    public static void Add(string file, BenchmarkMachine machine, double? seconds)
    {
        var results = File.Exists(file) ? NnUnetJson.ReadObject(file) : new JsonObject();
        results[machine.Key] = new JsonObject
        {
            ["torch_version"] = machine.Torch,
            ["cudnn_version"] = machine.Cudnn,
            ["gpu_name"] = machine.Device,
            ["fastest_epoch"] = seconds is { } known ? known : Crashed,
            ["world_size"] = machine.Devices,
            ["hostname"] = machine.Host,
        };
        DurableFile.WriteText(file, NnUnetJson.Write(results, sortKeys: true));
    }
}
