using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Datasets;

public class PhantomDatasetTests
{
    [Fact]
    public void A_phantom_set_is_a_whole_raw_data_set_that_passes_every_check()
    {
        using var folder = new TemporaryFolder();
        PhantomDataset.Create(folder.Path, "Dataset900_Phantom", 3, 2, 7);

        var data = RawDataset.Open(folder.File("Dataset900_Phantom"));

        Assert.Equal(["phantom_000", "phantom_001", "phantom_002"], data.Cases.Select(c => c.Id.Value));
        Assert.Equal(["background", "liver", "kidney"], data.Json.Labels.Named.Select(l => l.Key));
        var reader = ImageReaderWriters.Choose(data.Json, data.Cases[0].Images[0]);
        var findings = data.Cases.Select(c => DatasetIntegrity.Inspect(c, reader, data.Json));
        Assert.All(findings, found => Assert.Empty(found.Problems.Concat(found.Warnings)));
        Assert.Equal(["phantom_003", "phantom_004"], CaseDiscovery.InFolder(folder.File("Dataset900_Phantom", "imagesTs"), ".nii.gz").Select(c => c.Id.Value));
        Assert.Equal(2, Directory.GetFiles(folder.File("Dataset900_Phantom", "labelsTs")).Length);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        using var folder = new TemporaryFolder();
        foreach (var (name, seed) in new[] { ("Dataset001_A", 1UL), ("Dataset002_B", 1UL), ("Dataset003_C", 2UL) })
            PhantomDataset.Create(folder.Path, name, 1, 0, seed);
        byte[] Image(string name) => File.ReadAllBytes(folder.File(name, "imagesTr", "phantom_000_0000.nii.gz"));
        Assert.Equal(Image("Dataset001_A"), Image("Dataset002_B"));
        Assert.NotEqual(Image("Dataset001_A"), Image("Dataset003_C"));
    }

    [Fact]
    public void Cases_differ_and_both_organs_are_compact_and_distinct_in_the_mean()
    {
        var shapes = new HashSet<VolumeShape>();
        for (var index = 0; index < 12; index++)
        {
            var phantom = Phantom.Make(42, index);
            shapes.Add(phantom.Shape);
            var means = Enumerable.Range(0, 3).Select(label => phantom.Image.Where((v, i) => phantom.Labels[i] == label && v > 0).Average()).ToArray();
            Assert.InRange(means[1] - means[0], 35, 65);
            Assert.InRange(means[2] - means[1], 35, 65);
            Assert.InRange(phantom.Labels.Count(l => l == Phantom.Liver), 1000, 6000);
            Assert.InRange(phantom.Labels.Count(l => l == Phantom.Kidney), 500, 3000);
            Assert.Equal(1, Components(phantom, Phantom.Liver));
            Assert.Equal(1, Components(phantom, Phantom.Kidney));
        }

        Assert.True(shapes.Count > 6);
    }

    [Fact]
    public void Intensity_and_side_alone_nearly_segment_it_so_a_small_network_can()
    {
        for (var index = 0; index < 4; index++)
        {
            var phantom = Phantom.Make(11, index);
            var smooth = Smoothed(phantom);
            bool Left(int i) => i % phantom.Shape.X < phantom.Shape.X / 2;
            Assert.InRange(Dice(phantom, Phantom.Liver, i => smooth[i] > 127 && Left(i)), 0.85, 1);
            Assert.InRange(Dice(phantom, Phantom.Kidney, i => smooth[i] > 152 && !Left(i)), 0.85, 1);
        }
    }

    [Fact]
    public void A_phantom_set_plans_to_a_small_3D_network()
    {
        using var folder = new TemporaryFolder();
        PhantomDataset.Create(folder.Path, "Dataset900_Phantom", 5, 0, 3);
        var data = RawDataset.Open(folder.File("Dataset900_Phantom"));
        var reader = ImageReaderWriters.Choose(data.Json, null);
        var fingerprint = FingerprintExtractor.Aggregate([.. data.Cases.Select((c, i) => FingerprintExtractor.Measure(c, i, reader, data.Json.Labels, 1000))]);
        var plans = ExperimentPlanner.Plan(data.Name, data.Json, fingerprint, reader.Name, "ExperimentPlanner", new PlannerOptions(null, null, true));
        var network = plans.Configurations["3d_fullres"].Architecture;
        Assert.Equal(3, network.Stages);
        Assert.True(network.FeaturesPerStage.Max() <= 64);
        Assert.Equal([0, 1, 2], plans.TransposeForward);
    }

    [Fact]
    public void A_folder_that_holds_something_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        PhantomDataset.Create(folder.Path, "Dataset900_Phantom", 1, 0, 3);
        Assert.Throws<DataException>(() => PhantomDataset.Create(folder.Path, "Dataset900_Phantom", 1, 0, 3));
        Assert.Throws<UsageException>(() => PhantomDataset.Create(folder.Path, "Phantom", 1, 0, 3));
        Assert.Throws<UsageException>(() => PhantomDataset.Create(folder.Path, "Dataset901_Phantom", 0, 0, 3));
    }

    private static double Dice(Phantom phantom, int label, Func<int, bool> predicted)
    {
        var voxels = Enumerable.Range(0, phantom.Labels.Length);
        var (hit, both) = (voxels.Count(i => predicted(i) && phantom.Labels[i] == label), voxels.Count(predicted) + phantom.Labels.Count(l => l == label));
        return 2.0 * hit / both;
    }

    // Mean of 3 x 3 pixels in the slice.
    private static float[] Smoothed(Phantom phantom)
    {
        var (ny, nx) = (phantom.Shape.Y, phantom.Shape.X);
        var smooth = new float[phantom.Image.Length];
        for (var i = 0; i < smooth.Length; i++)
            if (i / nx % ny is var y && i % nx is var x && y > 0 && y < ny - 1 && x > 0 && x < nx - 1)
                for (var k = 0; k < 9; k++)
                    smooth[i] += phantom.Image[i + ((k / 3) - 1) * nx + (k % 3) - 1] / 9;
        return smooth;
    }

    private static int Components(Phantom phantom, int label)
    {
        var (ny, nx) = (phantom.Shape.Y, phantom.Shape.X);
        var left = phantom.Labels.Index().Where(v => v.Item == label).Select(v => v.Index).ToHashSet();
        var components = 0;
        for (; left.Count > 0; components++)
        {
            var waiting = new Stack<int>([left.First()]);
            while (waiting.TryPop(out var at))
                if (left.Remove(at))
                    foreach (var step in new[] { 1, -1, nx, -nx, ny * nx, -ny * nx })
                        waiting.Push(at + step);
        }

        return components;
    }
}
