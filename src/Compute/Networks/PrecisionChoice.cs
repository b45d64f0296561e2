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
    /// <param name="wish">null: bf16 where the processor has it natively, else fp32.</param>
    /// <param name="begunIn">What the run has computed in so far; kept unless another is wished for, as the same command goes on exactly.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    /// <param name="native">Whether the processor has bf16: <see cref="ProcessorHasBf16"/>.</param>
    public static PrecisionChoice For(Precision? wish, Precision? begunIn, string device, bool native)
    {
        var onProcessor = device == "cpu";
        var chosen = wish ?? begunIn ?? (onProcessor && native ? Precision.Bf16 : Precision.Fp32);
        var reason = (wish, begunIn) switch
        {
            ({ } asked, { } before) when asked != before => $"as asked; begun in {NameOf(before)}",
            ({ }, _) => "as asked",
            (null, { }) => "as it was begun",
            _ when !onProcessor => "auto chooses for processors only",
            _ => native ? "this processor has it natively" : "this processor has no bf16 of its own",
        };
        var emulated = chosen == Precision.Bf16 && onProcessor && !native;
        return new PrecisionChoice(chosen, emulated ? $"{reason}; slow, as this processor has no bf16 of its own" : reason);
    }

    /// <summary>Reads a name; <c>auto</c> is null.</summary>
    /// <returns>Whether it is one of <c>auto</c>, <c>fp32</c> and <c>bf16</c>.</returns>
    public static bool TryParse(string name, out Precision? precision)
    {
        precision = name switch { "fp32" => Networks.Precision.Fp32, "bf16" => Networks.Precision.Bf16, _ => null };
        return precision is not null || name == "auto";
    }

    /// <summary>The name that <see cref="TryParse"/> reads.</summary>
    public static string NameOf(Precision precision) => precision == Precision.Bf16 ? "bf16" : "fp32";

    /// <inheritdoc/>
    public override string ToString() => $"precision {NameOf(Precision)} ({Reason})";
}
