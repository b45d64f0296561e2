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

    /// <summary>Version of torch, such as <c>2.10.0</c>.</summary>
    public static string TorchVersion => __version__;

    /// <summary>Sets how many threads torch uses within an operation; 0 leaves its own choice. Process-wide.</summary>
    public static void UseThreads(int threads)
    {
        if (threads > 0) set_num_threads(threads);
    }
}
