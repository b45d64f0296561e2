using ActorSeg.Compute.Networks.Primus;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Networks.Primus;

[NoTensorLeak]
public class RotaryEmbeddingTests
{
    private const int Heads = 2, Width = 18;
    private static readonly int[] Grid = [2, 3, 4];

    [Fact]
    public void pairs_are_turned_by_place_times_frequency_axis_by_axis()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(Grid, Width);
        var x = SmallPrimus.NoiseTensor(3, 2, 1, Heads, 24, Width);
        var (before, after) = (SmallNetworks.Values(x), SmallNetworks.Values(rotary.Apply(x)));
        for (var head = 0; head < Heads; head++)
            for (var token = 0; token < 24; token++)
                for (var pair = 0; pair < Width / 2; pair++)
                {
                    // Three pairs an axis; the last axis runs fastest.
                    var place = (pair / 3) switch { 0 => token / 12, 1 => token / 4 % 3, _ => token % 4 };
                    var (sine, cosine) = Math.SinCos(place * Math.Pow(10000, -(pair % 3) / 3.0));
                    var at = (((head * 24) + token) * Width) + (2 * pair);
                    Assert.Equal((before[at] * cosine) - (before[at + 1] * sine), after[at], 1e-5);
                    Assert.Equal((before[at + 1] * cosine) + (before[at] * sine), after[at + 1], 1e-5);
                }
    }

    [Fact]
    public void two_tokens_see_their_distance_and_not_where_they_are()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding([1, 1, 8], Width);
        var query = SmallPrimus.NoiseTensor(4, 2, 1, 1, 1, Width).expand(1, 1, 8, Width);
        var key = SmallPrimus.NoiseTensor(5, 2, 1, 1, 1, Width).expand(1, 1, 8, Width);
        var products = SmallNetworks.Values(rotary.Apply(query).matmul(rotary.Apply(key).transpose(-1, -2)));
        Assert.Equal(products[(0 * 8) + 3], products[(4 * 8) + 7], 1e-5);
        Assert.NotEqual(products[(0 * 8) + 3], products[(3 * 8) + 0], 1e-3);
    }

    [Fact]
    public void the_element_type_is_that_of_what_is_turned()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryEmbedding(Grid, Width);
        Assert.Equal(ScalarType.BFloat16, rotary.Apply(zeros([1, 1, 24, Width], ScalarType.BFloat16)).dtype);
    }
}
