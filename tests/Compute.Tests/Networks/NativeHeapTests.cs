using ActorSeg.Compute.Networks;

namespace ActorSeg.Compute.Tests.Networks;

public class NativeHeapTests
{
    [Fact]
    public void free_memory_is_given_back_where_the_c_library_knows_how() => Assert.Equal(OperatingSystem.IsLinux(), NativeHeap.Trim());
}
