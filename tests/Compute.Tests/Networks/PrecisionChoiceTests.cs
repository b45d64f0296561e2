using ActorSeg.Compute.Networks;

namespace ActorSeg.Compute.Tests.Networks;

public class PrecisionChoiceTests
{
    [Theory]
    [InlineData(null, null, "cpu", true, "precision bf16 (this processor has it natively)")]
    [InlineData(null, null, "cpu", false, "precision fp32 (this processor has no bf16 of its own)")]
    [InlineData(null, null, "cuda", true, "precision fp16 (as nnU-Net on a GPU)")]
    [InlineData(Precision.Fp16, null, "cuda", false, "precision fp16 (as asked)")]
    [InlineData(null, Precision.Fp16, "cpu", true, "precision bf16 (this processor has it natively; begun in fp16 on a GPU)")]
    [InlineData(null, Precision.Fp32, "cuda", false, "precision fp32 (as it was begun)")]
    [InlineData(Precision.Fp32, null, "cpu", true, "precision fp32 (as asked)")]
    [InlineData(Precision.Bf16, null, "cpu", true, "precision bf16 (as asked)")]
    [InlineData(Precision.Bf16, null, "cuda", false, "precision bf16 (as asked)")]
    [InlineData(Precision.Bf16, null, "cpu", false, "precision bf16 (as asked; slow, as this processor has no bf16 of its own)")]
    [InlineData(null, Precision.Fp32, "cpu", true, "precision fp32 (as it was begun)")]
    [InlineData(null, Precision.Bf16, "cpu", false, "precision bf16 (as it was begun; slow, as this processor has no bf16 of its own)")]
    [InlineData(Precision.Bf16, Precision.Bf16, "cpu", true, "precision bf16 (as asked)")]
    [InlineData(Precision.Fp32, Precision.Bf16, "cpu", true, "precision fp32 (as asked; begun in bf16)")]
    public void a_wish_comes_before_how_the_run_was_begun_and_that_before_the_processor(Precision? wish, Precision? begunIn, string device, bool native, string says) =>
        Assert.Equal(says, PrecisionChoice.For(wish, begunIn, device, native).ToString());

    [Fact]
    public void fp16_is_refused_on_a_processor() =>
        Assert.Contains("fp16 is for -device cuda", Assert.Throws<UsageException>(() => PrecisionChoice.For(Precision.Fp16, null, "cpu", native: true)).Message);

    [Fact]
    public void names_are_read_as_they_are_written()
    {
        foreach (var precision in Enum.GetValues<Precision>())
        {
            Assert.True(PrecisionChoice.TryParse(PrecisionChoice.NameOf(precision), out var read));
            Assert.Equal(precision, read);
        }

        Assert.True(PrecisionChoice.TryParse("auto", out var auto));
        Assert.Null(auto);
        Assert.False(PrecisionChoice.TryParse("fp8", out _));
    }

    [Fact]
    public void the_processor_is_asked_what_the_kernel_says_of_it()
    {
        if (!File.Exists("/proc/cpuinfo")) return;
        var flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal))?.Split(' ') ?? [];
        Assert.Equal(flags.Contains("avx512_bf16"), PrecisionChoice.ProcessorHasBf16);
    }
}
