using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>Where tensors live.</summary>
public static class Devices
{
    /// <summary><c>auto</c> becomes <c>cuda</c> where this build and machine have one, else <c>cpu</c>; other names are checked.</summary>
    /// <exception cref="UsageException">The name is not known.</exception>
    /// <exception cref="ResourceException">cuda is asked for and not there.</exception>
    public static string Resolve(string name) => name switch
    {
        "auto" => cuda.is_available() ? "cuda" : "cpu",
        "cpu" => "cpu",
        "cuda" => cuda.is_available() ? "cuda"
            : throw new ResourceException("-device cuda: this machine or this build has no CUDA device; build with -p:TorchBackend=cuda on a machine with an NVIDIA GPU, or give -device cpu"),
        _ => throw new UsageException($"-device {name} is not known; give cpu, cuda or auto"),
    };

    /// <summary>The first so many devices of a kind. On the CPU all of them are the same, which is for trying it only.</summary>
    /// <param name="name">Resolved.</param>
    /// <param name="count">From 1.</param>
    /// <exception cref="ResourceException">There are not so many.</exception>
    public static IReadOnlyList<string> First(string name, int count)
    {
        if (count == 1 || name == "cpu") return [.. Enumerable.Repeat(name, count)];
        if (cuda.device_count() is var there && there < count)
            throw new ResourceException($"-num_gpus {count}: torch sees {there} here; give {there} or less, and look at CUDA_VISIBLE_DEVICES");
        return [.. Enumerable.Range(0, count).Select(index => $"{name}:{index}")];
    }

    /// <summary>Version of torch, such as <c>2.10.0</c>.</summary>
    public static string TorchVersion => __version__;

    /// <summary>Sets how many threads torch uses within an operation; 0 leaves its own choice. Process-wide.</summary>
    public static void UseThreads(int threads)
    {
        if (threads > 0) set_num_threads(threads);
    }
}
