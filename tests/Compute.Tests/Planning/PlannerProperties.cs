using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;
using ActorSeg.Compute.Planning;
using FsCheck;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Planning;

/// <summary>Whatever the images are like, planning ends, and a patch can be pooled as its network does.</summary>
public class PlannerProperties
{
    private static readonly DatasetJson Json = DatasetJson.Parse(
        JsonNode.Parse("""{"channel_names": {"0": "MR"}, "labels": {"background": 0, "a": 1}, "numTraining": 1, "file_ending": ".nii.gz"}""")!.AsObject(), "dataset.json");

    [Property(MaxTest = 100)]
    public void Planning_ends_with_patches_their_networks_can_pool(
        PositiveInt z, PositiveInt y, PositiveInt x, PositiveInt sz, PositiveInt sy, PositiveInt sx, PositiveInt gb)
    {
        var fingerprint = new DatasetFingerprint
        {
            ShapesAfterCrop = [new((z.Get * 37 % 700) + 1, (y.Get * 53 % 900) + 8, (x.Get * 71 % 900) + 8)],
            Spacings = [new(0.1 + (sz.Get * 0.37 % 8), 0.1 + (sy.Get * 0.41 % 3), 0.1 + (sx.Get * 0.53 % 3))],
            MedianRelativeSizeAfterCropping = 1,
            Intensities = [new(0, 0, 1, 0, 1, 0, 1)],
        };
        foreach (var planner in PlannerPreset.All.Select(preset => preset.Name))
        {
            Plans plans;
            try
            {
                plans = ExperimentPlanner.Plan("D", Json, fingerprint, "SimpleITKIO", planner, new PlannerOptions((gb.Get * 0.7 % 50) + 0.05, null, SmallNetwork: false));
            }
            catch (UsageException)
            {
                continue;
            }

            foreach (var c in plans.Configurations.Values)
            {
                Assert.True(c.BatchSize >= 2);
                for (var axis = 0; axis < c.PatchSize.Count; axis++)
                    Assert.Equal(0, c.PatchSize[axis] % c.Architecture.Strides.Aggregate(1, (product, stride) => product * stride[axis]));
            }
        }
    }
}
