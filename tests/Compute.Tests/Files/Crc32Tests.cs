using ActorSeg.Compute.Files;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Files;

public sealed class Crc32Tests
{
    [Fact]
    public void The_check_value_of_the_polynomial_is_right() => Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));

    [Property]
    public void Folding_and_table_agree_for_every_length_and_start(ushort length, byte seed, uint start)
    {
        var bytes = new byte[length % 3000];
        new Random(seed).NextBytes(bytes);
        Assert.Equal(Crc32.AppendByTable(start, bytes), Crc32.Append(start, bytes));
    }

    [Fact]
    public void Every_length_to_where_the_widest_registers_have_folded_twice_is_right()
    {
        var bytes = new byte[1_100];
        new Random(5).NextBytes(bytes);
        for (var length = 0; length <= bytes.Length; length++)
            Assert.Equal(Crc32.AppendByTable(7, bytes.AsSpan(0, length)), Crc32.Append(7, bytes.AsSpan(0, length)));
    }

    [Property]
    public void The_checksum_of_two_parts_is_that_of_the_whole(byte[] first, byte[] second) =>
        Assert.Equal(Crc32.Of([.. first, .. second]), Crc32.Append(Crc32.Of(first), second));
}
