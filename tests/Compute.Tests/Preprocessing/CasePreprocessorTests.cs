using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Tests.Preprocessing;

public class CasePreprocessorTests
{
    private const string Folder = "golden/c_preproc";

    public static TheoryData<string> Cases => Directory.Exists(TestPaths.SharedPath(Folder))
        ? [.. Directory.GetFiles(TestPaths.SharedPath(Folder), "*__*.npz").Select(f => Path.GetFileNameWithoutExtension(f)!).Order()] : ["none"];

    [SharedTheory(Folder), MemberData(nameof(Cases))]
    public void real_cases_equal_the_references(string name)
    {
        var parts = name.Split("__");
        string Golden(string ending) => TestPaths.SharedPath(Folder, name + ending);
        var json = JsonNode.Parse(File.ReadAllText(Golden(".json")))!;
        var plans = Plans.Load(Golden(".plans.json"));
        var configuration = plans.Configurations[json["config"]!.GetValue<string>()];
        var labelSet = DatasetJson.Load(Golden(".dataset.json")).Labels;
        var reader = new SimpleItkReaderWriter();
        var image = reader.ReadImages([TestPaths.SharedPath(Folder, "raw", $"{parts[0]}_0000.nii.gz")]);
        var result = CasePreprocessor.Run(image, reader.ReadLabels(TestPaths.SharedPath(Folder, "raw", $"{parts[0]}.nii.gz")), new CaseRecipe(plans, configuration, labelSet), CancellationToken.None);

        var npz = new Npz(Golden(".npz"));
        Assert.Equal(npz["data"].Shape[1..], result.Data.Shape.ToArray());
        var (expected, actual) = (npz["data"].Floats(), result.Data.Data);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 1e-4 * Math.Max(1, Math.Abs(expected[i])));
        var wrong = npz["seg"].Longs().Zip(result.Labels!.Data).Count(pair => pair.First != pair.Second);
        Assert.InRange(wrong, 0, result.Labels.Data.Length / 10_000);

        var p = json["properties"]!;
        Assert.Equal(Ints(p["shape_before_cropping"]!), result.Properties.ShapeBeforeCropping.ToArray());
        Assert.Equal(Ints(p["shape_after_cropping_and_before_resampling"]!), result.Properties.ShapeAfterCropping.ToArray());
        Assert.Equal(p["bbox_used_for_cropping"]!.AsArray().Select(b => b![0]!.GetValue<int>()), result.Properties.CropBox.Low.ToArray());
        Assert.Equal(p["bbox_used_for_cropping"]!.AsArray().Select(b => b![1]!.GetValue<int>()), result.Properties.CropBox.High.ToArray());
        var entries = result.Properties.ClassLocations!.Entries;
        Assert.Equal(Ints(json["class_location_counts"]!), entries.Select(e => e.Count));
        for (var i = 0; i < entries.Count; i++)
        {
            var first = json["class_location_first10"]![i]!.AsArray().SelectMany(v => Ints(v!)[1..]).ToArray();
            Assert.Equal(first, entries[i].Positions[..first.Length]);
        }
    }

    [Fact]
    public void an_image_and_a_label_map_of_other_extents_are_refused()
    {
        var plans = Plans.Load(TestPaths.Golden("b_plans", "02_prostate_mr", "nnUNetPlans.json"));
        var geometry = new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        CaseImage Of(VolumeShape shape) => new(new Volume<float>(1, shape), new Spacing(1, 1, 1), geometry);
        var error = Assert.Throws<DataException>(() => CasePreprocessor.Run(
            Of(new(2, 2, 2)), Of(new(2, 2, 3)), new CaseRecipe(plans, plans.Configurations["3d_fullres"], Networks.SmallNetworks.Labels(1)), CancellationToken.None));
        Assert.Contains("2x2x3", error.Message);
    }

    private static int[] Ints(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<int>())];
}
