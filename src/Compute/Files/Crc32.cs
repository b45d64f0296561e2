using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ActorSeg.Compute.Files;

/// <summary>
/// The checksum of zip members (polynomial 0xEDB88320). Every checkpoint and every case goes through it, so it folds 64 bytes at a time where the
/// processor can, or 256.
/// </summary>
public static class Crc32
{
    private const int Slices = 8;
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of <paramref name="bytes"/>.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of what <paramref name="crc"/> is the checksum of, followed by <paramref name="bytes"/>.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var state = ~crc;
        if (Pclmulqdq.IsSupported && Sse41.IsSupported && bytes.Length >= 128)
        {
            var whole = bytes.Length & ~15;
            state = Fold(state, bytes[..whole]);
            bytes = bytes[whole..];
        }

        return ~ByTable(state, bytes);
    }

    /// <summary>As <see cref="Append"/> without the processor's carry-less multiplication.</summary>
    internal static uint AppendByTable(uint crc, ReadOnlySpan<byte> bytes) => ~ByTable(~crc, bytes);

    private static uint ByTable(uint state, ReadOnlySpan<byte> bytes)
    {
        var table = Table.AsSpan();
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            var w = word ^ state;
            state = 0;
            for (var slice = 0; slice < Slices; slice++) state ^= table[((Slices - 1 - slice) << 8) + (byte)(w >> (8 * slice))];
        }

        foreach (var b in bytes[(bytes.Length & ~7)..]) state = (state >> 8) ^ table[(byte)(state ^ b)];
        return state;
    }

    // Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction" (Intel, 2009); the constants are
    // powers of x modulo the polynomial, bit-reflected. Takes a multiple of 16 bytes, at least 64.
    private static uint Fold(uint state, ReadOnlySpan<byte> bytes)
    {
        var blocks = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        var by64 = Vector128.Create(0x154442bd4UL, 0x1c6e41596UL);
        var by16 = Vector128.Create(0x1751997d0UL, 0x0ccaa009eUL);
        var (a, b, c, d) = (blocks[0] ^ Vector128.CreateScalar(state).AsUInt64(), blocks[1], blocks[2], blocks[3]);
        var at = 4;
        if (Pclmulqdq.V512.IsSupported && bytes.Length >= 512) at = FoldWide(ref a, ref b, ref c, ref d, bytes, by64);
        for (; at + 4 <= blocks.Length; at += 4)
        {
            a = Shift(a, by64) ^ blocks[at];
            b = Shift(b, by64) ^ blocks[at + 1];
            c = Shift(c, by64) ^ blocks[at + 2];
            d = Shift(d, by64) ^ blocks[at + 3];
        }

        a = Shift(Shift(Shift(a, by16) ^ b, by16) ^ c, by16) ^ d;
        for (; at < blocks.Length; at++) a = Shift(a, by16) ^ blocks[at];

        // 128 bits to 64, to 32 by Barrett's reduction
        var low = Vector128.Create(~0u, 0u, ~0u, 0u).AsUInt64();
        a = Sse2.ShiftRightLogical128BitLane(a, 8) ^ Pclmulqdq.CarrylessMultiply(a, by16, 0x10);
        a = Sse2.ShiftRightLogical128BitLane(a, 4) ^ Pclmulqdq.CarrylessMultiply(a & low, Vector128.CreateScalar(0x163cd6124UL), 0x00);
        var polynomial = Vector128.Create(0x1db710641UL, 0x1f7011641UL);
        var quotient = Pclmulqdq.CarrylessMultiply(a & low, polynomial, 0x10) & low;
        return (a ^ Pclmulqdq.CarrylessMultiply(quotient, polynomial, 0x00)).AsUInt32()[1];
    }

    private static Vector128<ulong> Shift(Vector128<ulong> value, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, by, 0x11);

    // The same with four registers of four blocks each; gives the blocks that are folded into the four.
    private static int FoldWide(
        ref Vector128<ulong> a, ref Vector128<ulong> b, ref Vector128<ulong> c, ref Vector128<ulong> d, ReadOnlySpan<byte> bytes, Vector128<ulong> by64)
    {
        var wide = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        var by256 = Wide(Vector128.Create(0x11542778aUL, 0x1322d1430UL));
        var (p, q, r, s) = (Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d)), wide[1], wide[2], wide[3]);
        var at = 4;
        for (; at + 4 <= wide.Length; at += 4)
        {
            p = Shift(p, by256) ^ wide[at];
            q = Shift(q, by256) ^ wide[at + 1];
            r = Shift(r, by256) ^ wide[at + 2];
            s = Shift(s, by256) ^ wide[at + 3];
        }

        var one = Wide(by64);
        p = Shift(Shift(Shift(p, one) ^ q, one) ^ r, one) ^ s;
        (a, b, c, d) = (p.GetLower().GetLower(), p.GetLower().GetUpper(), p.GetUpper().GetLower(), p.GetUpper().GetUpper());
        return 4 * at;
    }

    private static Vector512<ulong> Wide(Vector128<ulong> by) => Vector512.Create(Vector256.Create(by, by), Vector256.Create(by, by));

    private static Vector512<ulong> Shift(Vector512<ulong> value, Vector512<ulong> by) =>
        Pclmulqdq.V512.CarrylessMultiply(value, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(value, by, 0x11);

    private static uint[] MakeTable()
    {
        var table = new uint[Slices << 8];
        for (var i = 0u; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320u : value >> 1;
            table[i] = value;
        }

        for (var i = 256; i < table.Length; i++) table[i] = (table[i - 256] >> 8) ^ table[(byte)table[i - 256]];
        return table;
    }
}
