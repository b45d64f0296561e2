namespace ActorSeg.Compute.Inference.Window;

/// <summary>Where the sliding window stops (spec 07 sections 4.1 to 4.3).</summary>
public static class Tiles
{
    /// <summary>Lower corners along one axis, evenly spread, at most <paramref name="step"/> of a tile apart.</summary>
    /// <param name="extent">The image's, at least the tile's.</param>
    /// <param name="tile">The tile's.</param>
    /// <param name="step">Above 0, at most 1.</param>
    public static IReadOnlyList<int> Positions(int extent, int tile, double step)
    {
        var count = (int)Math.Ceiling((extent - tile) / (tile * step)) + 1;
        if (count <= 1) return [0];
        var delta = (double)(extent - tile) / (count - 1);
        return [.. Enumerable.Range(0, count).Select(i => (int)Math.Round(delta * i, MidpointRounding.ToEven))];
    }

    /// <summary>Zeros put before and after an axis so that a tile fits.</summary>
    public static (int Before, int After) Padding(int extent, int tile)
    {
        var missing = Math.Max(0, tile - extent);
        return (missing / 2, missing - (missing / 2));
    }

    /// <summary>Lower corners of all tiles in the reference's order, which matters for sums in half precision.</summary>
    public static IReadOnlyList<VolumeShape> Corners(VolumeShape padded, VolumeShape tile, double step) =>
    [
        .. from z in tile.Z == 1 ? Enumerable.Range(0, padded.Z) : Positions(padded.Z, tile.Z, step)
           from y in Positions(padded.Y, tile.Y, step)
           from x in Positions(padded.X, tile.X, step)
           select new VolumeShape(z, y, x),
    ];
}
