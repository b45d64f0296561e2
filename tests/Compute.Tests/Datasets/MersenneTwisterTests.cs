using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Datasets;

public class MersenneTwisterTests
{
    private static int[] Facts(string key) =>
        [.. NnUnetJson.Read(TestPaths.Golden("e_norm", "numpy_rng_facts.json"))[key]!.AsArray().Select(n => n!.GetValue<int>())];

    [Fact]
    public void The_first_numbers_of_a_seed_are_numpys()
    {
        var twister = new MersenneTwister(1234);
        Assert.Equal([822569775u, 2137449171u, 2671936806u], [twister.NextUInt32(), twister.NextUInt32(), twister.NextUInt32()]);
    }

    [Fact]
    public void Permutations_are_numpys() => Assert.Equal(Facts("RandomState1234_permutation_20"), new MersenneTwister(1234).Permutation(20));

    [Fact]
    public void Choice_without_replacement_begins_the_permutation() => Assert.Equal(Facts("choice_20_7"), new MersenneTwister(1234).Permutation(20)[..7]);

    [Fact]
    public void Choice_with_replacement_draws_bounded_numbers()
    {
        var facts = Facts("choice_500_replace");
        var twister = new MersenneTwister(1234);
        // The fact holds the first ten of a choice from a thousand.
        Assert.Equal(facts, facts.Select(_ => twister.Bounded(999)));
    }

    [Fact]
    public void One_generator_goes_on_from_draw_to_draw()
    {
        var pair = NnUnetJson.Read(TestPaths.Golden("e_norm", "numpy_rng_facts.json"))["two_in_sequence"]!.AsArray();
        var twister = new MersenneTwister(1234);
        foreach (var (expected, n) in pair.Zip([50, 30]))
            Assert.Equal(expected!.AsArray().Select(v => v!.GetValue<int>()), twister.Permutation(n)[..expected.AsArray().Count]);
    }

    [Fact]
    public void A_bound_of_zero_draws_nothing()
    {
        var (a, b) = (new MersenneTwister(5), new MersenneTwister(5));
        Assert.Equal(0, a.Bounded(0));
        Assert.Equal(b.NextUInt32(), a.NextUInt32());
    }

    [Fact]
    public void The_ten_thousandth_number_of_the_standard_seed_is_the_C_plus_plus_standards()
    {
        var twister = new MersenneTwister(5489);
        for (var i = 1; i < 10_000; i++) twister.NextUInt32();
        Assert.Equal(4123659995u, twister.NextUInt32());
    }
}
