using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Augmentation;

/// <summary>Where a sample's patch lies (spec 06 section 2.3).</summary>
public static class PatchSampler
{
    /// <summary>The inclusive range of the lower corner along one axis of a volume of extent <paramref name="size"/>.</summary>
    /// <param name="size">The volume's extent.</param>
    /// <param name="loaded">The loaded patch's extent.</param>
    /// <param name="patch">The network patch's extent.</param>
    public static (int Low, int High) CornerRange(int size, int loaded, int patch)
    {
        var need = Math.Max(loaded - patch, loaded - size);
        return (-((need + 1) / 2), size + (need / 2) + (need % 2) - loaded);
    }

    /// <summary>Draws the box of one sample.</summary>
    /// <param name="random">The sample's own stream.</param>
    /// <param name="shape">The case's extent.</param>
    /// <param name="locations">Its sampled foreground; null or empty falls back to a random box.</param>
    /// <param name="labels">Tells of an ignore label.</param>
    /// <param name="loaded">Extent of the box.</param>
    /// <param name="patch">Extent of the network patch.</param>
    /// <param name="foreground">Whether the box must be centred on foreground.</param>
    public static Box Draw(
        ref Philox random, VolumeShape shape, ClassLocations? locations, LabelSet labels, VolumeShape loaded, VolumeShape patch, bool foreground)
    {
        Span<int> low = stackalloc int[3];
        Span<int> high = stackalloc int[3];
        for (var axis = 0; axis < 3; axis++) (low[axis], high[axis]) = CornerRange(shape[axis], loaded[axis], patch[axis]);
        var entry = foreground ? Foreground(ref random, locations, labels) : labels.Ignore is null ? null : Annotated(locations, labels);
        Span<int> corner = stackalloc int[3];
        if (entry is null)
            for (var axis = 0; axis < 3; axis++)
                corner[axis] = random.IntInclusive(low[axis], high[axis]);
        else
        {
            var at = 3 * random.IntInclusive(0, entry.Count - 1);
            // No clamp from above: such a box may hold more padding than a random one (spec 06 trap 3).
            for (var axis = 0; axis < 3; axis++) corner[axis] = Math.Max(low[axis], entry.Positions[at + axis] - (loaded[axis] / 2));
        }

        var start = new VolumeShape(corner[0], corner[1], corner[2]);
        return new Box(start, new VolumeShape(start.Z + loaded.Z, start.Y + loaded.Y, start.X + loaded.X));
    }

    /// <summary>The box of network size at the centre of a loaded one, as it is cut where nothing is turned or scaled (spec 06 section 7.1).</summary>
    public static Box Centre(Box loaded, VolumeShape patch)
    {
        var (low, size) = (loaded.Low, loaded.Shape);
        var start = new VolumeShape(low.Z + (size.Z / 2) - (patch.Z / 2), low.Y + (size.Y / 2) - (patch.Y / 2), low.X + (size.X / 2) - (patch.X / 2));
        return new Box(start, new VolumeShape(start.Z + patch.Z, start.Y + patch.Y, start.X + patch.X));
    }

    // Every class that is there is as likely as any other, whatever its size.
    private static ClassLocations.Entry? Foreground(ref Philox random, ClassLocations? locations, LabelSet labels)
    {
        var present = locations?.Entries.Where(e => e.Count > 0).ToList() ?? [];
        if (present.Count > 1 && labels.Ignore is not null && Annotated(locations, labels) is { } annotated) present.Remove(annotated);
        return present.Count == 0 ? null : present[random.IntInclusive(0, present.Count - 1)];
    }

    private static ClassLocations.Entry? Annotated(ClassLocations? locations, LabelSet labels) =>
        locations?.Entries.FirstOrDefault(e => e.IsTuple && e.Count > 0 && e.Labels.Count == labels.All.Count + 1 && e.Labels[0] == -1);
}
