using System.Runtime.InteropServices;

namespace ActorSeg.Compute.TensorMemory;

/// <summary>Where a <see cref="BlockCache"/> gets its blocks.</summary>
internal interface IPageSource
{
    /// <summary>A new block; 0 where there is none.</summary>
    nint Map(nuint bytes);

    /// <summary>Takes a block back.</summary>
    void Unmap(nint address, nuint bytes);
}

/// <summary>The kernel's anonymous memory (Linux), in large pages where it grants them.</summary>
internal sealed partial class Pages : IPageSource
{
    private const int ReadWrite = 1 | 2, PrivateAnonymous = 0x02 | 0x20;

    public unsafe nint Map(nuint bytes)
    {
        var address = MemoryMap(0, bytes, ReadWrite, PrivateAnonymous, -1, 0);
        if (address == -1) return 0;
        LargeArray.Advise((void*)address, (long)bytes);
        return address;
    }

    public void Unmap(nint address, nuint bytes) => _ = MemoryUnmap(address, bytes);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MemoryMap(nint hint, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int MemoryUnmap(nint address, nuint bytes);
}
