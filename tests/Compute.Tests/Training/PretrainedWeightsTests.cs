using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Tests.Networks.Primus;
using ActorSeg.Compute.Training.Pretraining;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Tests.Training;

[NoTensorLeak]
public class PretrainedEncoderTests
{
    private static readonly int[] Patch = [16, 20, 12];

    [Theory, InlineData("plain3d"), InlineData("resenc3d")]
    public void encoder_and_stem_come_over_and_the_decoder_keeps_its_own(string name)
    {
        using var theirs = SmallNetworks.Build(name);
        using var own = UNet.Build(theirs.Spec, theirs.InputChannels, 5, seed: 9);
        var (before, parts) = (own.Save(), NetworkParts.Of(own, Patch));
        own.Load(PretrainedEncoder.Import(before, parts, theirs.Save(), parts, "pretrained.pth"), "imported");
        var weights = theirs.Save().ToDictionary(t => t.Name, t => t.Values);
        foreach (var (was, now) in before.Zip(own.Save()))
            Assert.Equal(now.Name.StartsWith("encoder.", StringComparison.Ordinal) ? weights[now.Name] : was.Values, now.Values);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void one_channel_is_shared_out_so_that_a_picture_in_every_channel_looks_as_it_did(bool residual)
    {
        using var scope = NewDisposeScope();
        var spec = SmallNetworks.Spec(SmallNetworks.Json(residual ? "resenc3d" : "plain3d"));
        using var theirs = UNet.Build(spec, 1, 3, seed: 1);
        using var own = UNet.Build(spec, 3, 3, seed: 2);
        var decoder = own.Save().Where(t => t.Name.StartsWith("decoder.", StringComparison.Ordinal)).ToDictionary(t => t.Name);
        own.Load(PretrainedEncoder.Import(own.Save(), NetworkParts.Of(own, Patch), theirs.Save(), NetworkParts.Of(theirs, Patch), "pretrained.pth"), "imported");
        theirs.Load([.. theirs.Save().Select(t => decoder.GetValueOrDefault(t.Name, t))], "decoder");
        var input = rand([1, 1, 16, 16, 16], generator: new Generator(3));
        UNetTests.Close(SmallNetworks.Values(theirs.Forward(input)), SmallNetworks.Values(own.Forward(input.expand(1, 3, 16, 16, 16))), 1e-4);
    }

    [Fact]
    public void several_channels_cannot_be_shared_out()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("plain3d"));
        using var theirs = UNet.Build(spec, 2, 3, seed: 1);
        using var own = UNet.Build(spec, 3, 3, seed: 2);
        Assert.Contains("2 channels", Refused(() => PretrainedEncoder.Import(own.Save(), NetworkParts.Of(own, Patch), theirs.Save(), NetworkParts.Of(theirs, Patch), "pretrained.pth")));
    }

    [Fact]
    public void the_places_of_another_patch_are_resized_between_the_tokens_centres()
    {
        using var theirs = SmallPrimus.Build(PrimusVersion.V1);
        int[] patch = [24, 24, 16];
        using var own = PrimusNetwork.Build(theirs.Spec, patch, 2, 4, seed: 3);
        var imported = Import(theirs, own, patch).ToDictionary(t => t.Name);
        var (from, to) = (theirs.Save().Single(t => t.Name == "eva.pos_embed").Values, imported["eva.pos_embed"]);
        Assert.Equal([1, 18, 24], to.Shape);
        for (var token = 0; token < 18; token++)
            for (var c = 0; c < 24; c++)
                Assert.Equal(At(token / 6, token / 2 % 3, c), to.Values[(token * 24) + c], 1e-5);

        Assert.Equal(theirs.Save().Single(t => t.Name == "eva.blocks.2.mlp.fc2.weight").Values, imported["eva.blocks.2.mlp.fc2.weight"].Values);
        Assert.Equal(theirs.Save().Single(t => t.Name == "down_projection.proj.weight").Values, imported["down_projection.proj.weight"].Values);
        Assert.Equal(own.Save().Single(t => t.Name == "up_projection.decode.2.weight").Values, imported["up_projection.decode.2.weight"].Values);

        // 2 x 3 x 1 tokens became 3 x 3 x 2: only the first axis has anything between two of them.
        double At(int z, int y, int c)
        {
            var place = Math.Clamp(((z + 0.5) * 2 / 3) - 0.5, 0, 1);
            return ((1 - place) * from[(y * 24) + c]) + (place * from[((3 + y) * 24) + c]);
        }
    }

    [Fact]
    public void a_token_for_the_whole_image_goes_with_its_place()
    {
        using var theirs = SmallPrimus.Build(PrimusVersion.V1);
        var state = theirs.Save();
        var places = state.Single(t => t.Name == "eva.pos_embed");
        NamedTensor[] withToken =
        [
            .. state.Where(t => t != places), new("eva.cls_token", [1, 1, 24], new float[24]), places with { Shape = [1, 7, 24], Values = [.. new float[24], .. places.Values] },
        ];
        var parts = NetworkParts.Of(theirs, SmallPrimus.Patch);
        var imported = PretrainedEncoder.Import(state, parts, withToken, parts, "pretrained.pth");
        Assert.All(state.Zip(imported), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
    }

    [Fact]
    public void the_pretrained_network_may_call_its_parts_otherwise()
    {
        using var theirs = SmallPrimus.Build(PrimusVersion.V1);
        using var own = PrimusNetwork.Build(theirs.Spec, SmallPrimus.Patch, 2, 3, seed: 3);
        var info = new JsonObject
        {
            ["key_to_encoder"] = "backbone.vit",
            ["key_to_stem"] = "backbone.stem",
            ["keys_to_in_proj"] = new JsonArray("backbone.stem.proj"),
            ["key_to_lpe"] = "backbone.vit.pos_embed",
            ["pt_used_patchsize"] = new JsonArray(16, 24, 8),
        };
        NamedTensor[] renamed = [.. theirs.Save().Select(t => t with { Name = t.Name.Replace("eva.", "backbone.vit.").Replace("down_projection.", "backbone.stem.") })];
        var imported = PretrainedEncoder.Import(own.Save(), NetworkParts.Of(own, SmallPrimus.Patch), renamed, NetworkParts.Parse(info, "plans"), "pretrained.pth");
        Assert.All(
            theirs.Save().Zip(imported).Where(pair => !pair.First.Name.StartsWith("up_", StringComparison.Ordinal)), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        info.Remove("key_to_stem");
        Assert.Contains("key_to_stem", Refused(() => NetworkParts.Parse(info, "plans")));
    }

    [Fact]
    public void what_is_missing_unknown_or_of_another_shape_is_refused_by_name()
    {
        using var network = SmallPrimus.Build(PrimusVersion.V1);
        var (state, parts) = (network.Save(), NetworkParts.Of(network, SmallPrimus.Patch));
        var norm = state.Single(t => t.Name == "eva.norm.bias");
        (IReadOnlyList<NamedTensor> Weights, NetworkParts Parts, string Word)[] wrong =
        [
            ([.. state.Where(t => t != norm)], parts, "lacks the weight 'eva.norm.bias'"),
            ([.. state, norm with { Name = "eva.more.bias" }], parts, "eva.more.bias"),
            ([.. state.Where(t => t != norm), norm with { Shape = [12], Values = new float[12] }], parts, "(12)"),
            (state, parts with { PatchSize = [16, 16, 8] }, "pt_used_patchsize"),
            (state, parts with { Encoder = "other", Stem = "another", Positions = null }, "no weights"),
        ];
        foreach (var (weights, theirs, word) in wrong) Assert.Contains(word, Refused(() => PretrainedEncoder.Import(state, parts, weights, theirs, "pretrained.pth")));
    }

    [Fact]
    public void kernels_are_averaged_and_other_depths_tolerated_where_asked_for()
    {
        var spec = SmallNetworks.Spec(SmallNetworks.Json("resenc3d"));
        using var theirs = UNet.Build(spec, 1, 3, seed: 1);
        var flat = spec with { KernelSizes = [[1, 3, 3], .. spec.KernelSizes.Skip(1)], EncoderCounts = [.. spec.EncoderCounts.SkipLast(1), spec.EncoderCounts[^1] + 1] };
        using var own = UNet.Build(flat, 1, 3, seed: 2);
        var (before, parts) = (own.Save(), NetworkParts.Of(own, Patch));
        Assert.Contains("resenc.pth", Refused(() => PretrainedEncoder.Import(before, parts, theirs.Save(), parts, "resenc.pth")));
        var imported = PretrainedEncoder.Import(before, parts, theirs.Save(), parts, "resenc.pth", adapt: true).ToDictionary(t => t.Name);
        var weights = theirs.Save().ToDictionary(t => t.Name);
        var (kernel, mean) = (weights["encoder.stem.convs.0.conv.weight"].Values, imported["encoder.stem.convs.0.conv.weight"]);
        Assert.Equal([mean.Shape[0], 1, 1, 3, 3], mean.Shape);
        Assert.Equal((kernel[2] + kernel[11] + kernel[20]) / 3, mean.Values[2], 1e-6);
        Assert.Equal((kernel[27 + 2] + kernel[27 + 11] + kernel[27 + 20]) / 3, mean.Values[9 + 2], 1e-6);
        var added = $"encoder.stages.{spec.Stages - 1}.blocks.{spec.EncoderCounts[^1]}.conv1.conv.weight";
        Assert.Equal(before.Single(t => t.Name == added).Values, imported[added].Values);
        own.Load([.. imported.Values], "imported");
    }

    private static IReadOnlyList<NamedTensor> Import(PrimusNetwork theirs, PrimusNetwork own, int[] patch) =>
        PretrainedEncoder.Import(own.Save(), NetworkParts.Of(own, patch), theirs.Save(), NetworkParts.Of(theirs, SmallPrimus.Patch), "pretrained.pth");

    private static string Refused(Func<object> act) => Assert.Throws<DataException>(act).Message;
}
