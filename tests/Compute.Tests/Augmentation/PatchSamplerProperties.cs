using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Tests.Networks;
using FsCheck.Xunit;

namespace ActorSeg.Compute.Tests.Augmentation;

/// <summary>What holds of every box, whatever the sizes: volumes smaller than the patch, 2D patches, odd and even paddings.</summary>
public class PatchSamplerProperties
{
    [Property(MaxTest = 500)]
    public bool random_boxes_have_the_loaded_size_and_pad_no_more_than_they_must(ulong seed, byte z, byte y, byte x)
    {
        var (volume, patch, loaded) = Sizes(seed, z, y, x);
        var random = Stream(seed);
        var box = PatchSampler.Draw(ref random, volume, null, SmallNetworks.Labels(1), loaded, patch, foreground: true);
        var fits = box.Shape == loaded;
        for (var axis = 0; axis < 3; axis++)
        {
            // By as much as the loaded patch exceeds the network's, or the volume where that is smaller still; half on either side.
            var padding = Math.Max(loaded[axis] - patch[axis], loaded[axis] - volume[axis]);
            fits &= -box.Low[axis] <= (padding + 1) / 2 && box.High[axis] - volume[axis] <= (padding + 1) / 2;
        }

        return fits;
    }

    [Property(MaxTest = 500)]
    public bool boxes_centred_on_a_voxel_hold_it(ulong seed, byte z, byte y, byte x)
    {
        var (volume, patch, loaded) = Sizes(seed, z, y, x);
        var random = Stream(seed);
        int[] voxel = [.. Enumerable.Range(0, 3).Select(axis => random.IntInclusive(0, volume[axis] - 1))];
        var locations = new ClassLocations([new ClassLocations.Entry([1], false, voxel)]);
        var box = PatchSampler.Draw(ref random, volume, locations, SmallNetworks.Labels(1), loaded, patch, foreground: true);
        var centre = PatchSampler.Centre(box, patch);
        var holds = box.Shape == loaded && centre.Shape == patch;
        for (var axis = 0; axis < 3; axis++)
        {
            holds &= box.Low[axis] >= PatchSampler.CornerRange(volume[axis], loaded[axis], patch[axis]).Low;
            holds &= box.Low[axis] <= voxel[axis] && voxel[axis] < box.High[axis];
            holds &= box.Low[axis] <= centre.Low[axis] && centre.High[axis] <= box.High[axis];
        }

        return holds;
    }

    [Property(MaxTest = 500)]
    public bool the_forced_samples_are_the_last_ones_and_as_many_as_rounding_half_to_even_leaves(byte size, byte percent)
    {
        var (batch, fraction) = (1 + (size % 64), percent % 101 / 100.0);
        var forced = Enumerable.Range(0, batch).Select(i => ForegroundRule.IsAmongLast(i, batch, fraction)).ToList();
        return forced.SequenceEqual(forced.Order()) && forced.Count(f => !f) == (int)Math.Round(batch * (1 - fraction), MidpointRounding.ToEven);
    }

    private static Philox Stream(ulong seed) => new(new BatchKey(seed, Fold.All, false, 0, 0), 0, 0);

    private static (VolumeShape Volume, VolumeShape Patch, VolumeShape Loaded) Sizes(ulong seed, byte z, byte y, byte x)
    {
        var random = Stream(seed ^ 0x5bd1e995);
        // Every fourth patch is one of 2D.
        var patch = new VolumeShape(seed % 4 == 0 ? 1 : random.IntInclusive(1, 40), random.IntInclusive(1, 40), random.IntInclusive(1, 40));
        int Room(ref Philox r) => r.IntInclusive(0, 30);
        var loaded = new VolumeShape(seed % 4 == 0 ? 1 : patch.Z + Room(ref random), patch.Y + Room(ref random), patch.X + Room(ref random));
        return (new VolumeShape(1 + (z % 80), 1 + (y % 80), 1 + (x % 80)), patch, loaded);
    }
}
