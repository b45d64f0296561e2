using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks;

/// <summary>libtorch's own functions for autocast, by their C++ names, for TorchSharp has none. The state they keep is the calling thread's.</summary>
internal static partial class AutocastEntryPoints
{
    private const string Library = "torch_cpu";

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE")]
    [return: MarshalAs(UnmanagedType.U1)]
    public static partial bool IsEnabled(DeviceType device);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    public static partial void SetEnabled(DeviceType device, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE")]
    public static partial ScalarType TypeOf(DeviceType device);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    public static partial void SetType(DeviceType device, ScalarType type);

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast17increment_nestingEv")]
    public static partial int BeginScope();

    /// <summary>How many scopes are left on this thread.</summary>
    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast17decrement_nestingEv")]
    public static partial int EndScope();

    [LibraryImport(Library, EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    public static partial void ForgetCasts();
}
