using System.Runtime.InteropServices;

namespace ActorSeg.Compute.TensorMemory;

/// <summary>
/// The memory of torch's tensors on the processor. Process-wide, as torch's allocator is one for all threads; <see cref="Reuse"/> is called once, before the first network runs.
/// </summary>
public static unsafe partial class TorchMemory
{
    // malloc keeps blocks below this size itself.
    private const nuint Large = 1 << 20;

    // c10::Allocator, as the Itanium C++ ABI lays it out: what a virtual table holds, and where.
    private const int RunTimeType = -2, Allocate = 2, RawDeleter = 4, Methods = 6;

    private static readonly BlockCache Cache = new(new Pages());
    private static readonly Lock Gate = new();
    private static nint _default;
    private static delegate* unmanaged<DataPointer*, nint, nuint, DataPointer*> _allocateDefault;
    private static delegate* unmanaged<nint, void> _freeDefault;

    /// <summary>
    /// Lets torch use large blocks again rather than give them back to the system at once (<see cref="BlockCache"/>). Nothing changes where the platform is another than
    /// Linux on x64, or libtorch's allocator looks another than the one known here. There is no way back, and none is needed.
    /// </summary>
    /// <returns>Whether blocks are used again.</returns>
    public static bool Reuse()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return false;
        lock (Gate)
        {
            if (_default != 0) return true;
            var original = DefaultAllocator();
            var table = *(nint**)original;
            var allocate = (delegate* unmanaged<DataPointer*, nint, nuint, DataPointer*>)table[Allocate];
            var free = ((delegate* unmanaged<nint, delegate* unmanaged<nint, void>>)table[RawDeleter])(original);
            if (!IsKnown(original, allocate, free)) return false;
            _allocateDefault = allocate;
            _freeDefault = free;
            _default = original;
            SetAllocator(Derived(table), priority: 0);
            return true;
        }
    }

    /// <summary>Gives what no tensor uses back to the system: at the end of a training, so that what comes next has the room.</summary>
    public static void Trim() => Cache.Trim();

    // The same object but for two methods. It lives as long as the process: every tensor's storage points to it.
    private static nint Derived(nint* table)
    {
        var copy = (nint*)NativeMemory.Alloc((Methods - RunTimeType) * (nuint)sizeof(nint)) - RunTimeType;
        for (var i = RunTimeType; i < Methods; i++) copy[i] = table[i];
        copy[Allocate] = (nint)(delegate* unmanaged<DataPointer*, nint, nuint, DataPointer*>)&AllocateBlock;
        copy[RawDeleter] = (nint)(delegate* unmanaged<nint, nint>)&DeleterOf;
        var allocator = (nint**)NativeMemory.Alloc((nuint)sizeof(nint));
        *allocator = copy;
        return (nint)allocator;
    }

    // A trial: what the original gives must be what this file would give.
    private static bool IsKnown(nint original, delegate* unmanaged<DataPointer*, nint, nuint, DataPointer*> allocate, delegate* unmanaged<nint, void> free)
    {
        DataPointer trial = default;
        if (allocate(&trial, original, 64) != &trial || trial.Data == 0 || (nint)free == 0) return false;
        var known = trial.Context == trial.Data && (nint)trial.Deleter == (nint)free && (trial.DeviceType, trial.DeviceIndex) == (0, -1);
        if (known) free(trial.Data);
        return known;
    }

    [UnmanagedCallersOnly]
    private static DataPointer* AllocateBlock(DataPointer* result, nint allocator, nuint bytes)
    {
        if (bytes < Large) return _allocateDefault(result, _default, bytes);
        var block = Cache.Take(bytes);
        // An exception cannot pass through torch, and the kernel rather ends a process than refuse it memory.
        if (block == 0) Environment.FailFast($"the system has no memory left for a tensor of {bytes} bytes");
        *result = new DataPointer { Data = block, Deleter = &FreeBlock, Context = block, DeviceIndex = -1 };
        return result;
    }

    [UnmanagedCallersOnly]
    private static nint DeleterOf(nint allocator) => (nint)(delegate* unmanaged<nint, void>)&FreeBlock;

    // Small blocks, and those from before, come here by way of oneDNN.
    [UnmanagedCallersOnly]
    private static void FreeBlock(nint block)
    {
        if (!Cache.Return(block)) _freeDefault(block);
    }

    [LibraryImport("c10", EntryPoint = "_ZN3c1022GetDefaultCPUAllocatorEv")]
    private static partial nint DefaultAllocator();

    [LibraryImport("c10", EntryPoint = "_ZN3c1015SetCPUAllocatorEPNS_9AllocatorEh")]
    private static partial void SetAllocator(nint allocator, byte priority);

    // c10::DataPtr: a pointer, a unique_ptr with its deleter, a device (0 is the processor).
    [StructLayout(LayoutKind.Sequential)]
    private struct DataPointer
    {
        public nint Data;
        public delegate* unmanaged<nint, void> Deleter;
        public nint Context;
        public sbyte DeviceType, DeviceIndex;
    }
}
