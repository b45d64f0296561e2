namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Boxes of a channel.</summary>
internal static class Rectangles
{
    /// <summary>Replaces what a box covers by its mean.</summary>
    /// <param name="channel">C order.</param>
    /// <param name="shape">Its extent.</param>
    /// <param name="box">Lies within it.</param>
    public static void Blank(Span<float> channel, VolumeShape shape, Box box)
    {
        var (low, size) = (box.Low, box.Shape);
        var sum = 0.0;
        for (var z = low.Z; z < box.High.Z; z++)
            for (var y = low.Y; y < box.High.Y; y++)
                foreach (var value in channel.Slice((((z * shape.Y) + y) * shape.X) + low.X, size.X))
                    sum += value;
        var mean = (float)(sum / size.Voxels);
        for (var z = low.Z; z < box.High.Z; z++)
            for (var y = low.Y; y < box.High.Y; y++)
                channel.Slice((((z * shape.Y) + y) * shape.X) + low.X, size.X).Fill(mean);
    }
}
