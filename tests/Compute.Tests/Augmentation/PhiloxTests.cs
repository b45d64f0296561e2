using ActorSeg.Compute.Augmentation;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation;

public class PhiloxTests
{
    [Fact]
    public void blocks_equal_the_published_known_answers()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), Philox.Block(0, 0, 0, 0, 0, 0));
        const uint f = uint.MaxValue;
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu), Philox.Block(f, f, f, f, f, f));
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u), Philox.Block(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void every_part_of_the_name_names_another_stream()
    {
        var key = new BatchKey(1, new Fold(0), false, 0, 0);
        BatchKey[] keys =
        [
            key, key with { Seed = 2 }, key with { Fold = new Fold(1) }, key with { Fold = Fold.All }, key with { Validation = true }, key with { Epoch = 1 },
            key with { Index = 1 },
        ];
        var firsts = keys.SelectMany(k => new[] { First(k, 0, 0), First(k, 1, 0), First(k, 0, 1) }).ToList();
        Assert.Equal(firsts.Count, firsts.Distinct().Count());

        static uint First(BatchKey key, int sample, int purpose)
        {
            var stream = new Philox(key, sample, purpose);
            return stream.NextUInt();
        }
    }

    [Theory, InlineData(0), InlineData(1), InlineData(255), InlineData(256), InlineData(257), InlineData(512), InlineData(513), InlineData(1300)]
    public void normal_numbers_by_the_span_do_not_depend_on_how_many_are_wanted(int count)
    {
        var (stream, longer) = (new Philox(new BatchKey(3, Fold.All, false, 0, 0), 0, 0), new Philox(new BatchKey(3, Fold.All, false, 0, 0), 0, 0));
        var (some, all) = (new float[count], new float[2000]);
        stream.Normals(some);
        longer.Normals(all);
        Assert.Equal(all[..count], some);
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public void bernoulli_and_ranges_keep_to_their_probabilities_and_bounds()
    {
        var stream = new Philox(new BatchKey(9, Fold.All, false, 0, 0), 0, 0);
        var hits = 0;
        for (var i = 0; i < 20_000; i++)
        {
            hits += stream.Bernoulli(0.3) ? 1 : 0;
            Assert.InRange(stream.Uniform(-2, 5), -2, 5);
        }

        Assert.InRange(hits, 5_750, 6_250);
        Assert.False(stream.Bernoulli(0));
        Assert.True(stream.Bernoulli(1));
    }

    [Property]
    public bool integers_stay_within_both_ends(int a, int b, ulong seed)
    {
        var (low, high) = (Math.Min(a, b), Math.Max(a, b));
        var stream = new Philox(new BatchKey(seed, Fold.All, false, 0, 0), 0, 0);
        var value = stream.IntInclusive(low, high);
        return value >= low && value <= high;
    }

    [Fact]
    public void uniform_and_normal_numbers_have_their_moments()
    {
        var stream = new Philox(new BatchKey(3, Fold.All, false, 0, 0), 0, 0);
        double sum = 0, normal = 0, square = 0;
        const int n = 100_000;
        for (var i = 0; i < n; i++)
        {
            sum += stream.Uniform();
            var x = stream.Normal();
            normal += x;
            square += x * x;
        }

        Assert.InRange(sum / n, 0.495, 0.505);
        Assert.InRange(normal / n, -0.015, 0.015);
        Assert.InRange(square / n, 0.98, 1.02);
    }
}
