using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace ActorSeg.Compute.Tests.Imaging.Fuzz;

/// <summary>
/// Damages files: flipped bits, torn ends, blocks cut out, doubled or taken from elsewhere, numbers that are extreme where they are binary and where
/// they are text. What is gzip is damaged outside, or inside and zipped again, so that headers are reached too.
/// </summary>
internal sealed partial class Mutator(int seed)
{
    private static readonly string[] ExtremeText = ["0", "-1", "1", "4294967296", "99999999999999999999", "2147483647", "nan", "inf", "1e308", "", "-5", "3 3"];
    private static readonly long[] Extreme = [0, 1, -1, 127, 128, 255, 32767, -32768, 65535, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue];

    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] sample)
    {
        if (sample is [0x1f, 0x8b, ..] && _random.Next(2) == 0) return Zip(Damage(Unzip(sample)));
        return Damage(sample);
    }

    private byte[] Damage(byte[] sample)
    {
        var bytes = (byte[])sample.Clone();
        var times = 1 + _random.Next(3);
        for (var i = 0; i < times && bytes.Length > 0; i++) bytes = DamageOnce(bytes);
        return bytes;
    }

    private byte[] DamageOnce(byte[] bytes)
    {
        // Headers come first in most formats: half of the damage is done there.
        var at = _random.Next(_random.Next(2) == 0 ? Math.Min(bytes.Length, 400) : bytes.Length);
        var length = Math.Min(1 + _random.Next(16), bytes.Length - at);
        switch (_random.Next(8))
        {
            case 0:
                for (var i = 0; i < 1 + _random.Next(4); i++) bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)_random.Next(256);
                return bytes;
            case 2:
                var number = BitConverter.GetBytes(Extreme[_random.Next(Extreme.Length)]);
                if (_random.Next(2) == 0) Array.Reverse(number);
                number.AsSpan(0, Math.Min(1 << _random.Next(4), bytes.Length - at)).CopyTo(bytes.AsSpan(at));
                return bytes;
            case 3:
                return bytes[..at];
            case 4:
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 5:
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 6:
                var from = _random.Next(bytes.Length - length + 1);
                bytes.AsSpan(from, length).ToArray().CopyTo(bytes.AsSpan(at));
                return bytes;
            default:
                return ChangeText(bytes);
        }
    }

    // One number written in digits becomes another; where there is none, a byte changes.
    private byte[] ChangeText(byte[] bytes)
    {
        var head = Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 800));
        var numbers = Numbers().Matches(head);
        if (numbers.Count == 0)
        {
            bytes[_random.Next(bytes.Length)] = 0;
            return bytes;
        }

        var chosen = numbers[_random.Next(numbers.Count)];
        return
        [
            .. bytes[..chosen.Index], .. Encoding.Latin1.GetBytes(ExtremeText[_random.Next(ExtremeText.Length)]), .. bytes[(chosen.Index + chosen.Length)..],
        ];
    }

    private static byte[] Unzip(byte[] bytes)
    {
        using var zip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        var plain = new MemoryStream();
        zip.CopyTo(plain);
        return plain.ToArray();
    }

    private static byte[] Zip(byte[] bytes)
    {
        var target = new MemoryStream();
        using (var zip = new GZipStream(target, CompressionLevel.Fastest)) zip.Write(bytes);
        return target.ToArray();
    }

    [GeneratedRegex(@"-?[0-9]+(\.[0-9]+)?")]
    private static partial Regex Numbers();
}
