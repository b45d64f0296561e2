using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Preprocessing;

public class NormalizationTests
{
    private static readonly Npz Golden = new(TestPaths.Golden("e_norm", "normalization.npz"));

    [Theory]
    [InlineData("ZScoreNormalization", false), InlineData("ZScoreNormalization", true), InlineData("CTNormalization", false)]
    [InlineData("NoNormalization", false), InlineData("RescaleTo01Normalization", false)]
    public void every_scheme_gives_what_the_reference_gives(string scheme, bool mask)
    {
        var p = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("e_norm", "normalization.json")))!["intensityproperties"]!;
        double Of(string key) => p[key]!.GetValue<double>();
        var intensities = new IntensityProperties(Of("mean"), Of("median"), Of("std"), Of("min"), Of("max"), Of("percentile_00_5"), Of("percentile_99_5"));
        Check("image", $"{scheme}_mask{mask}", channel => IntensityNormalization.Apply(scheme, channel, Shorts(Golden["seg"]), mask, intensities));
    }

    [Fact]
    public void rgb_and_constant_images_are_the_references()
    {
        Check("rgb_in", "RGBTo01Normalization", channel => IntensityNormalization.Apply("RGBTo01Normalization", channel, [], false, null));
        Check("const_in", "const_ZScore", channel => IntensityNormalization.Apply("ZScoreNormalization", channel, [], false, null));
        Check("const_in", "const_RescaleTo01", channel => IntensityNormalization.Apply("RescaleTo01Normalization", channel, [], false, null));
    }

    [Fact]
    public void sixteen_bit_rgb_and_unknown_schemes_are_refused()
    {
        Assert.Contains("256", Assert.Throws<DataException>(() => IntensityNormalization.Apply("RGBTo01Normalization", new float[] { 256 }, [], false, null)).Message);
        Assert.Contains("'Magic'", Assert.Throws<DataException>(() => IntensityNormalization.Apply("Magic", new float[] { 256 }, [], false, null)).Message);
    }

    [Theory, InlineData("labels"), InlineData("regions"), InlineData("with_ignore")]
    public void class_locations_are_drawn_in_the_references_order(string set)
    {
        var npz = new Npz(TestPaths.Golden("e_norm", "class_locations.npz"));
        var json = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("e_norm", "class_locations.json")))![set]!;
        var seg = npz["seg"];
        var shape = seg.Shape.Length == 4 ? new VolumeShape(seg.Shape[1], seg.Shape[2], seg.Shape[3]) : new VolumeShape(seg.Shape[0], seg.Shape[1], seg.Shape[2]);
        LabelClass[] classes = [.. json["classes"]!.AsArray().Select(c => c is JsonArray list ? new LabelClass([.. list.Select(v => v!.GetValue<int>())], true) : new LabelClass([c!.GetValue<int>()], false))];
        var locations = ClassLocationSampler.Sample(new Volume<short>(1, shape, Shorts(seg)), classes);
        for (var i = 0; i < classes.Length; i++)
        {
            var expected = npz.Names.Contains($"{set}_{i}") ? npz[$"{set}_{i}"].Longs() : [];
            Assert.Equal(expected.Where((_, at) => at % 4 != 0).Select(v => (int)v), locations.Entries[i].Positions);
        }
    }

    private static short[] Shorts(NpyArray array) => [.. array.Longs().Select(v => (short)v)];

    private static void Check(string input, string output, Action<float[]> normalise)
    {
        var actual = Golden[input].Floats();
        normalise(actual);
        UNetTests.Close(Golden[output].Floats(), actual, 1e-5);
    }
}
