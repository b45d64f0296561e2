using ActorSeg.Compute;

namespace ActorSeg.Host.Hosting;

/// <summary>Which device a command computes on. Looks at files only, so that no command loads torch to find out.</summary>
internal static class Devices
{
    /// <summary>The device asked for, or the best there is: <c>cuda</c> where this build has it and the machine a GPU, else <c>cpu</c>.</summary>
    /// <exception cref="UsageException">No such device is known.</exception>
    /// <exception cref="ResourceException"><c>cuda</c> is asked for and not there.</exception>
    public static string Choose(string? wanted, HostServices host) => (wanted, Built(host), host.HasGpu) switch
    {
        (null, var built, var gpu) => built && gpu ? "cuda" : "cpu",
        ("cpu", _, _) => "cpu",
        ("cuda", true, true) => "cuda",
        ("cuda", false, _) => throw new ResourceException("-device cuda: this build knows the CPU only; give -device cpu, or build with ACTORSEG_TORCH=cuda"),
        ("cuda", true, false) => throw new ResourceException("-device cuda: this machine shows no NVIDIA device; give -device cpu"),
        ("mps", _, _) => throw new UsageException("-device mps is not supported; give cpu or cuda"),
        _ => throw new UsageException($"-device {wanted} is not known; give cpu or cuda"),
    };

    private static bool Built(HostServices host) =>
        File.Exists(Path.Combine(host.BaseFolder, "libtorch_cuda.so")) || File.Exists(Path.Combine(host.BaseFolder, "torch_cuda.dll"));
}
