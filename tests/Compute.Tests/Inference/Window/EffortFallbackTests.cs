using System.Runtime.InteropServices;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Window;

namespace ActorSeg.Compute.Tests.Inference.Window;

public class EffortFallbackTests
{
    private const string TorchsWords = "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 12884901888 bytes.";

    [Fact]
    public void a_case_is_tried_with_less_at_once_until_it_fits_and_each_step_is_told()
    {
        var (told, effort) = (new List<string>(), new WindowEffort(2, 2, true));
        using var logits = EffortFallback.Predict(
            ref effort, e => e is { Views: 1, Lanes: 1, SumsOnDevice: false } ? new Logits(1, new VolumeShape(1, 1, 1)) : throw new ExternalException(TorchsWords), "it", told.Add);
        Assert.Equal(WindowEffort.Least, effort);
        Assert.Equal(3, told.Count);
        Assert.Equal("memory ran out with 2 views in a batch, 2 batches side by side, sums on the device: trying again with 1 view in a batch, 2 batches side by side, sums on the device", told[0]);
    }

    [Fact]
    public void a_case_that_is_too_large_for_the_least_fails_alone()
    {
        var effort = new WindowEffort(1, 1, true);
        var failure = Assert.Throws<ResourceException>(
            () => EffortFallback.Predict(ref effort, _ => throw new OutOfMemoryException(), "an image of 9x9x9 voxels", _ => { }));
        Assert.Contains("an image of 9x9x9 voxels", failure.Message);
    }

    [Theory, InlineData("CUDA out of memory. Tried to allocate 2.00 GiB", true), InlineData("std::bad_alloc", true), InlineData("shape mismatch", false)]
    public void other_failures_are_not_tried_again(string words, bool again)
    {
        var (effort, tries) = (new WindowEffort(1, 2, false), 0);
        Assert.ThrowsAny<Exception>(() => EffortFallback.Predict(
            ref effort,
            _ =>
            {
                tries++;
                throw new ExternalException(words);
            },
            "it", _ => { }));
        Assert.Equal(again ? 2 : 1, tries);
    }
}
