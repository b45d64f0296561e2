using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Tests.Inference;

public class LogitsExportTests
{
    [SharedTheory("golden/j_inference/export_regions.npz")]
    [InlineData("export_regions"), InlineData("export_anisozero_3d"), InlineData("export_anisozero_iso"), InlineData("export_transp201"), InlineData("export_2d_transp201")]
    public void label_maps_on_the_images_grid_equal_the_references(string name)
    {
        var json = JsonNode.Parse(File.ReadAllText(TestPaths.SharedPath("golden", "j_inference", $"{name}.json")))!;
        var npz = new Npz(TestPaths.SharedPath("golden", "j_inference", $"{name}.npz"));
        string Shared(string key) => TestPaths.SharedPath("golden", json[key]!.GetValue<string>());
        var plans = Plans.Load(Shared("plans"));
        var p = json["properties"]!;
        int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
        var box = p["bbox_used_for_cropping"]!.AsArray();
        var properties = new CaseProperties(
            Spacing.From([.. p["spacing"]!.AsArray().Select(v => v!.GetValue<double>())]), new ImageGeometry([], [], []), VolumeShape.From(Ints(p["shape_before_cropping"]!)),
            new Box(VolumeShape.From([.. box.Select(b => b![0]!.GetValue<int>())]), VolumeShape.From([.. box.Select(b => b![1]!.GetValue<int>())])),
            VolumeShape.From(Ints(p["shape_after_cropping_and_before_resampling"]!)), null);
        var logits = npz["logits_f16"];
        var actual = LogitsExport.Decide(
            new Volume<float>(logits.Shape[0], new VolumeShape(logits.Shape[1], logits.Shape[2], logits.Shape[3]), logits.Floats()), properties, plans,
            plans.Configurations[json["configuration"]!.GetValue<string>()], DatasetJson.Load(Shared("dataset_json")).Labels, out var shape, CancellationToken.None);
        Assert.Equal(npz["seg"].Shape, shape.ToArray());
        Assert.Equal(0, npz["seg"].Longs().Zip(actual).Count(pair => pair.First != pair.Second));
    }
}
