using ActorSeg.Compute.TensorMemory;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.TensorMemory;

// The allocator is the whole process's from the first call on: tests of networks that run after these use it as well, and must give the same.
[NoTensorLeak]
public class TorchMemoryTests
{
    private const long Elements = 3 << 20;

    [Fact]
    public void tensors_from_before_and_after_live_side_by_side_and_hold_what_was_written()
    {
        using var scope = NewDisposeScope();
        var before = full([Elements], 1.5f);
        Assert.Equal(OperatingSystem.IsLinux(), TorchMemory.Reuse());
        Assert.Equal(OperatingSystem.IsLinux(), TorchMemory.Reuse());
        var small = full([100], 2.5f);
        var large = full([Elements], 3.5f);
        Assert.Equal(7.5f * Elements, (before + large + 2.5f).sum().item<float>());
        Assert.Equal(250, small.sum().item<float>());
    }

    [Fact]
    public void a_large_tensors_memory_is_used_again()
    {
        if (!TorchMemory.Reuse()) return;
        TorchMemory.Trim();
        nint first;
        using (var tensor = empty(Elements)) first = Address(tensor);
        using var again = empty(Elements);
        Assert.Equal(first, Address(again));
    }

    [Fact]
    public void tensors_may_be_disposed_on_another_thread()
    {
        TorchMemory.Reuse();
        Tensor[] tensors = [];
        var intact = false;
        Elsewhere(() => tensors = [.. Enumerable.Range(0, 4).Select(i => full([Elements], i))]);
        Elsewhere(() =>
        {
            using var scope = NewDisposeScope();
            intact = tensors.Select((tensor, i) => tensor.max().item<float>() == i && tensor.min().item<float>() == i).All(same => same);
            foreach (var tensor in tensors) tensor.Dispose();
        });
        Assert.True(intact);
    }

    [Fact]
    public void training_gives_the_same_bits_as_with_torchs_own_memory()
    {
        var alone = Train();
        TorchMemory.Reuse();
        Assert.Equal(alone, Train());
    }

    private static void Elsewhere(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }

    private static float[] Train()
    {
        // Wide enough for blocks beyond those that malloc keeps.
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d")) with { FeaturesPerStage = [48, 64, 80] };
        using var session = new TrainingSession(SmallNetworks.Configuration(spec), SmallNetworks.Labels(2), 1, new TrainingOptions { BatchSize = 2 }, "cpu");
        for (var i = 0; i < 3; i++)
        {
            using var batch = SmallNetworks.RandomBatch(i);
            session.Step(batch, i);
        }

        return [.. session.Network.Save().SelectMany(weight => weight.Values)];
    }

    private static nint Address(Tensor tensor)
    {
        var bytes = tensor.bytes;
        unsafe
        {
            fixed (byte* start = bytes) return (nint)start;
        }
    }
}
