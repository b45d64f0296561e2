using System.Runtime.Intrinsics.X86;

namespace ActorSeg.Compute.Networks;

/// <summary>A precision, and why it is this one.</summary>
/// <param name="Precision">To compute in.</param>
/// <param name="Reason">In words, without a full stop.</param>
public sealed record PrecisionChoice(Precision Precision, string Reason)
{
    // CPUID leaf 7, subleaf 1, EAX: AVX512_BF16. Processors with AMX-BF16 have it as well.
    private const int Bf16Bit = 1 << 5;

    /// <summary>Whether this processor multiplies bfloat16 itself, and the operating system lets it.</summary>
    public static bool ProcessorHasBf16 => Avx512F.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & Bf16Bit) != 0;

    /// <summary>Chooses for a run.</summary>
    /// <param name="wish">null: fp16 on cuda as nnU-Net, bf16 where the processor has it natively, else fp32.</param>
    /// <param name="begunIn">What the run has computed in so far; kept unless another is wished for, as the same command goes on exactly.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    /// <param name="native">Whether the processor has bf16: <see cref="ProcessorHasBf16"/>.</param>
    /// <exception cref="UsageException">fp16 is wished for on a processor.</exception>
    public static PrecisionChoice For(Precision? wish, Precision? begunIn, string device, bool native)
    {
        var onProcessor = device == "cpu";
        if (wish == Precision.Fp16 && onProcessor)
            throw new UsageException("actorseg.train.precision = fp16 is for -device cuda, and this training runs on the CPU; give auto, bf16 or fp32");
        // Begun on a GPU, it goes on here in what there is.
        if (begunIn == Precision.Fp16 && onProcessor && wish is null)
        {
            var here = For(null, null, device, native);
            return here with { Reason = $"{here.Reason}; begun in fp16 on a GPU" };
        }

        var chosen = wish ?? begunIn ?? (!onProcessor ? Precision.Fp16 : native ? Precision.Bf16 : Precision.Fp32);
        var reason = (wish, begunIn) switch
        {
            ({ } asked, { } before) when asked != before => $"as asked; begun in {NameOf(before)}",
            ({ }, _) => "as asked",
            (null, { }) => "as it was begun",
            _ when !onProcessor => "as nnU-Net on a GPU",
            _ => native ? "this processor has it natively" : "this processor has no bf16 of its own",
        };
        var emulated = chosen == Precision.Bf16 && onProcessor && !native;
        return new PrecisionChoice(chosen, emulated ? $"{reason}; slow, as this processor has no bf16 of its own" : reason);
    }

    /// <summary>Reads a name; <c>auto</c> is null.</summary>
    /// <returns>Whether it is one of <c>auto</c>, <c>fp32</c>, <c>bf16</c> and <c>fp16</c>.</returns>
    public static bool TryParse(string name, out Precision? precision)
    {
        precision = name switch { "fp32" => Networks.Precision.Fp32, "bf16" => Networks.Precision.Bf16, "fp16" => Networks.Precision.Fp16, _ => null };
        return precision is not null || name == "auto";
    }

    /// <summary>The name that <see cref="TryParse"/> reads.</summary>
    public static string NameOf(Precision precision) => precision switch { Precision.Bf16 => "bf16", Precision.Fp16 => "fp16", _ => "fp32" };

    /// <inheritdoc/>
    public override string ToString() => $"precision {NameOf(Precision)} ({Reason})";
}
