using ActorSeg.Compute.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class AutocastTests
{
    [Fact]
    public void convolutions_within_a_scope_give_bf16_and_after_it_float32()
    {
        Assert.Equal(ScalarType.Float32, Convolved());
        using (Autocast.Enter(Precision.Bf16, DeviceType.CPU)) Assert.Equal(ScalarType.BFloat16, Convolved());
        Assert.Equal(ScalarType.Float32, Convolved());
    }

    [Fact]
    public void the_inner_scope_decides_and_the_outer_one_goes_on_after_it()
    {
        using (Autocast.Enter(Precision.Bf16, DeviceType.CPU))
        {
            using (Autocast.Enter(Precision.Fp32, DeviceType.CPU)) Assert.Equal(ScalarType.Float32, Convolved());
            using (Autocast.Enter(Precision.Bf16, DeviceType.CPU)) Assert.Equal(ScalarType.BFloat16, Convolved());
            Assert.Equal(ScalarType.BFloat16, Convolved());
        }

        Assert.Equal(ScalarType.Float32, Convolved());
    }

    [Fact]
    public void an_exception_ends_the_scope()
    {
        Assert.Throws<InvalidOperationException>((Action)(() =>
        {
            using var casting = Autocast.Enter(Precision.Bf16, DeviceType.CPU);
            throw new InvalidOperationException();
        }));
        Assert.Equal(ScalarType.Float32, Convolved());
    }

    [Fact]
    public void other_threads_compute_as_before()
    {
        using var casting = Autocast.Enter(Precision.Bf16, DeviceType.CPU);
        ScalarType? elsewhere = null;
        var other = new Thread(() => elsewhere = Convolved());
        other.Start();
        other.Join();
        Assert.Equal(ScalarType.Float32, elsewhere);
    }

    [Fact]
    public void another_devices_operations_are_left_alone()
    {
        using var casting = Autocast.Enter(Precision.Bf16, DeviceType.CUDA);
        Assert.Equal(ScalarType.Float32, Convolved());
    }

    [Fact]
    public void a_weight_that_changes_between_two_scopes_is_cast_again()
    {
        using var scope = NewDisposeScope();
        using var input = ones(1, 1, 4, 4);
        using var weight = ones(1, 1, 3, 3).requires_grad_(true);
        Assert.Equal(9, Middle());
        using (no_grad()) weight.fill_(2);
        Assert.Equal(18, Middle());

        float Middle()
        {
            using var casting = Autocast.Enter(Precision.Bf16, DeviceType.CPU);
            return nn.functional.conv2d(input, weight)[0, 0, 0, 0].to(ScalarType.Float32).item<float>();
        }
    }

    private static ScalarType Convolved()
    {
        using var scope = NewDisposeScope();
        return nn.functional.conv2d(ones(1, 1, 4, 4), ones(1, 1, 3, 3)).dtype;
    }
}
