namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>What can be done to a mask with a structuring element.</summary>
internal enum BinaryOperator
{
    /// <summary>Every voxel from which the element reaches the mask.</summary>
    Dilation,

    /// <summary>The complement of the complement's dilation; beyond the patch counts as mask.</summary>
    Erosion,

    /// <summary>Dilation, then erosion.</summary>
    Closing,

    /// <summary>Erosion, then dilation.</summary>
    Opening,
}

/// <summary>Binary operators on channels that are 0 or 1 (spec 06 section 7.11). Works on the runs of a mask's rows: label maps have few.</summary>
internal static class BinaryMorphology
{
    /// <summary>Applies an operator to one of several channels; voxels that it gains are taken from the others.</summary>
    /// <param name="operation">What to do.</param>
    /// <param name="element">With what.</param>
    /// <param name="channels">One after the other, C order.</param>
    /// <param name="channel">Which of them.</param>
    /// <param name="shape">Extent of a channel.</param>
    /// <param name="memory">Three bytes a voxel are taken from it.</param>
    public static void Apply(BinaryOperator operation, StructuringElement element, Span<float> channels, int channel, VolumeShape shape, Workspace memory)
    {
        var voxels = (int)shape.Voxels;
        var values = channels.Slice(channel * voxels, voxels);
        // An operator leaves nothing as it is: the element always holds its middle.
        if (!values.ContainsAnyExcept(0f)) return;
        using var mask = memory.Take<byte>(voxels);
        using var spare = memory.Take<byte>(voxels);
        for (var i = 0; i < voxels; i++) mask.Span[i] = values[i] != 0 ? (byte)1 : (byte)0;
        switch (operation)
        {
            case BinaryOperator.Dilation:
                Dilate(mask.Span, element, shape, spare.Span);
                break;
            case BinaryOperator.Erosion:
                Erode(mask.Span, element, shape, spare.Span);
                break;
            case BinaryOperator.Closing:
                Dilate(mask.Span, element, shape, spare.Span);
                Erode(mask.Span, element, shape, spare.Span);
                break;
            default:
                Erode(mask.Span, element, shape, spare.Span);
                Dilate(mask.Span, element, shape, spare.Span);
                break;
        }

        for (var i = 0; i < voxels; i++)
        {
            if (mask.Span[i] != 0 && values[i] == 0)
                for (var at = i; at < channels.Length; at += voxels)
                    channels[at] = 0;
            values[i] = mask.Span[i];
        }
    }

    private static void Erode(Span<byte> mask, StructuringElement element, VolumeShape shape, Span<byte> spare)
    {
        Invert(mask);
        Dilate(mask, element, shape, spare);
        Invert(mask);
    }

    private static void Invert(Span<byte> mask)
    {
        foreach (ref var value in mask) value ^= 1;
    }

    // A voxel is reached from the row an offset away from it: each run of the mask fills what sees it.
    private static void Dilate(Span<byte> mask, StructuringElement element, VolumeShape shape, Span<byte> spare)
    {
        spare.Clear();
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
            {
                var row = mask.Slice(((z * shape.Y) + y) * shape.X, shape.X);
                for (var start = row.IndexOf((byte)1); start >= 0;)
                {
                    var length = row[start..].IndexOf((byte)0);
                    var end = length < 0 ? row.Length : start + length;
                    Spread(spare, element, shape, z, y, start, end);
                    var next = row[end..].IndexOf((byte)1);
                    start = next < 0 ? -1 : end + next;
                }
            }

        spare.CopyTo(mask);
    }

    private static void Spread(Span<byte> target, StructuringElement element, VolumeShape shape, int z, int y, int start, int end)
    {
        foreach (var run in element.Runs)
        {
            int tz = z - run.Z, ty = y - run.Y;
            if ((uint)tz >= (uint)shape.Z || (uint)ty >= (uint)shape.Y) continue;
            int from = Math.Max(0, start - run.Last), to = Math.Min(shape.X, end - run.First);
            if (from < to) target.Slice((((tz * shape.Y) + ty) * shape.X) + from, to - from).Fill(1);
        }
    }
}
