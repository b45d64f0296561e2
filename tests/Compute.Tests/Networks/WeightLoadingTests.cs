using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;

namespace ActorSeg.Compute.Tests.Networks;

[NoTensorLeak]
public class WeightLoadingTests
{
    [Fact]
    public void saved_weights_load_to_the_bit()
    {
        using var network = SmallNetworks.Build("plain3d");
        using var other = UNet.Build(network.Spec, 1, network.Heads, seed: 77);
        other.Load(network.Save(), "saved");
        Assert.All(network.Save().Zip(other.Save()), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void saved_weights_are_copies_that_training_does_not_reach()
    {
        using var network = SmallNetworks.Build("plain2d");
        var saved = network.Save();
        var before = saved[0].Values.ToArray();
        network.Load([.. saved.Select(w => w with { Values = new float[w.Values.Length] })], "zeros");
        Assert.Equal(before, saved[0].Values);
        Assert.All(network.Save()[0].Values, v => Assert.Equal(0, v));
    }

    [Fact]
    public void aliases_and_wrapper_prefixes_are_understood()
    {
        var weights = SmallNetworks.Weights("plain2d");
        using var network = SmallNetworks.Build("plain2d");
        network.Load([.. weights.Select(w => w with { Values = new float[w.Values.Length] })], "zeros");
        static string Alias(string name) => "module._orig_mod." + name.Replace(".conv.", ".all_modules.0.", StringComparison.Ordinal);
        network.Load([.. weights.Select(w => w with { Name = Alias(w.Name) })], "x");
        Assert.All(network.Save().Join(weights, t => t.Name, t => t.Name, (a, b) => (a, b)), pair => Assert.Equal(pair.b.Values, pair.a.Values));
    }

    [Fact]
    public void every_alias_may_be_given_when_all_agree()
    {
        using var network = SmallNetworks.Build("plain2d");
        var byName = network.Save().ToDictionary(w => w.Name);
        network.Load([.. network.StateNames.Select(n => byName[n.Canonical] with { Name = n.Name, Values = [.. byName[n.Canonical].Values] })], "model.pth");
    }

    [Fact]
    public void weights_that_do_not_fit_are_refused_by_name_and_nothing_is_replaced()
    {
        using var network = SmallNetworks.Build("plain3d");
        var before = network.Save();
        IReadOnlyList<NamedTensor> good = [.. before.Select(w => w with { Values = [.. w.Values.Select(v => v + 1)] })];
        NamedTensor last = good[^1], first = good[0];
        var changed = first with { Name = "decoder." + first.Name, Values = [.. first.Values.Select(v => v + 1)] };
        (IReadOnlyList<NamedTensor> Weights, string Word)[] wrong =
        [
            ([.. good.SkipLast(1), last with { Shape = [1, 1], Values = [0] }], "(1, 1)"),
            ([.. good.SkipLast(1), last with { Values = [0] }], "values"),
            ([.. good.SkipLast(1)], "lacks"),
            ([.. good, first with { Name = "decoder." + first.Name, Shape = [.. first.Shape.Reverse()] }], "shape"),
            ([.. good, last with { Name = "decoder.more.weight" }], "decoder.more.weight"),
            ([.. good, changed], "differ"),
            ([.. good, last with { Name = last.Name.Insert("decoder.".Length, "module.") }], "module."),
        ];
        foreach (var (weights, word) in wrong)
        {
            var error = Assert.Throws<DataException>(() => network.Load(weights, "model.pth"));
            Assert.Contains("model.pth", error.Message);
            Assert.Contains(word, error.Message);
            Assert.All(network.Save().Zip(before), pair => Assert.Equal(pair.Second.Values, pair.First.Values));
        }
    }
}
