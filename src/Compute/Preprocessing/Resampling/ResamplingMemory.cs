using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>What resampling one channel holds beside its input and output. It is given back when the channel is done.</summary>
internal static class ResamplingMemory
{
    /// <summary>The most bytes for an image channel or its label map, whichever way the spacings have it done.</summary>
    public static long Bytes(VolumeShape from, VolumeShape to, ResamplingSpec image, ResamplingSpec labels)
    {
        if (from == to) return 0;
        var resize = Resize(from, to);
        // A mask of the input and its result for labels that are not decided by neighbours.
        var masks = labels.Order > 1 || labels.OrderZ > 0 || labels.Function == Resampler.Torch ? (sizeof(float) * from.Voxels) + (sizeof(double) * to.Voxels) + resize : 0;
        return Math.Max(Math.Max(resize, SliceWise(from, to)), masks) + (image.Function == Resampler.Torch ? to.Voxels * sizeof(float) : 0);
    }

    // Axis after axis in float64, those that stay left out: the array before and the one after the axis that is at work.
    private static long Resize(VolumeShape from, VolumeShape to)
    {
        int[] extent = from.ToArray();
        long most = 0, previous = 0;
        var changed = Enumerable.Range(0, 3).Where(axis => from[axis] != to[axis]).ToArray();
        foreach (var axis in changed)
        {
            extent[axis] = to[axis];
            var next = axis == changed[^1] ? 0 : sizeof(double) * (long)extent[0] * extent[1] * extent[2];
            (most, previous) = (Math.Max(most, previous + next), next);
        }

        return most;
    }

    // The slice axis brought to the front, all slices in plane before they are resampled across, and one slice's own intermediate.
    private static long SliceWise(VolumeShape from, VolumeShape to)
    {
        long most = 0;
        for (var axis = 0; axis < 3; axis++)
        {
            int[] order = [axis, .. Enumerable.Range(0, 3).Where(a => a != axis)];
            var (a, b) = (from.Permute(order), to.Permute(order));
            var turned = axis == 0 ? 0 : from.Voxels + to.Voxels;
            most = Math.Max(most, (sizeof(float) * (turned + ((long)a.Z * b.Y * b.X))) + (sizeof(double) * Math.Max((long)b.Y * a.X, (long)a.Y * b.X)));
        }

        return most;
    }
}
