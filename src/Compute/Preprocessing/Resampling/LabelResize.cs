namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>
/// Label maps resized as if mask by mask: linear ones by the neighbours' vote, which holds nothing besides, the others with one mask and its result at a
/// time.
/// </summary>
internal static class LabelResize
{
    /// <summary>The reference's default (spec 03 section 5.4): a voxel goes to the largest label whose mask reaches one half, and to 0 where none does.</summary>
    public static void Default(ReadOnlySpan<short> source, VolumeShape shape, Span<short> target, VolumeShape to, int order, CancellationToken stop)
    {
        var axes = Resize.Axes(shape, to, order);
        if (order == 0)
        {
            Pick(source, shape, target, axes);
            return;
        }

        if (order == 1)
        {
            NeighbourVote.Run<HalfOfWeight>(source, axes[0], axes[1], axes[2], target, stop);
            return;
        }

        target.Clear();
        using var mask = new Scratch<float>(source.Length);
        using var result = new Scratch<double>(target.Length);
        foreach (var label in Distinct(source))
        {
            Mask(source, label, mask.Span);
            Resize.Volume<float, double>(mask.Span, shape, result.Span, axes, ValueRange.Any, stop);
            for (var i = 0; i < target.Length; i++)
                if (result.Span[i] >= 0.5)
                    target[i] = label;
        }
    }

    /// <summary>
    /// The torch variant (section 5.5): masks x 1000 in half precision; above 700 at once, later labels overwriting; else the largest, the smaller label on ties.
    /// Its memory-efficient form: a label with more than half, and 0 where there is none.
    /// </summary>
    public static void Torch(
        ReadOnlySpan<short> source, VolumeShape shape, Span<short> target, VolumeShape to, int? separate, bool memoryEfficient, CancellationToken stop)
    {
        var axes = new AxisSampling[3];
        for (var axis = 0; axis < 3; axis++) axes[axis] = axis == separate ? AxisSampling.TorchNearest(shape[axis], to[axis]) : AxisSampling.TorchLinear(shape[axis], to[axis]);
        if (separate is null)
        {
            if (memoryEfficient) NeighbourVote.Run<TorchMajority>(source, axes[0], axes[1], axes[2], target, stop);
            else NeighbourVote.Run<TorchScore>(source, axes[0], axes[1], axes[2], target, stop);
            return;
        }

        using var mask = new Scratch<float>(source.Length);
        using var result = new Scratch<float>(target.Length);
        if (memoryEfficient)
        {
            target.Clear();
            foreach (var label in Distinct(source))
            {
                Mask(source, label, mask.Span);
                Resize.Volume<float, float>(mask.Span, shape, result.Span, axes, ValueRange.Any, stop);
                for (var i = 0; i < target.Length; i++)
                    if (result.Span[i] > 0.5f)
                        target[i] = label;
            }

            return;
        }

        using var best = new Scratch<Half>(target.Length);
        using var settled = new Scratch<bool>(target.Length);
        settled.Span.Clear();
        var first = true;
        foreach (var label in Distinct(source))
        {
            Mask(source, label, mask.Span, 1000);
            Resize.Volume<float, float>(mask.Span, shape, result.Span, axes, ValueRange.Any, stop);
            for (var i = 0; i < target.Length; i++)
            {
                var value = (Half)result.Span[i];
                if (value > (Half)700) (target[i], settled.Span[i]) = (label, true);
                else if (!settled.Span[i] && (first || value > best.Span[i])) (target[i], best.Span[i]) = (label, value);
            }

            first = false;
        }
    }

    /// <summary>Picks the nearest voxel on every axis; all axes must have one tap.</summary>
    public static void Pick<T>(ReadOnlySpan<T> source, VolumeShape shape, Span<T> target, AxisSampling[] axes)
    {
        var at = 0;
        foreach (var z in axes[0].Rows)
            foreach (var y in axes[1].Rows)
            {
                var row = source.Slice(((z * shape.Y) + y) * shape.X, shape.X);
                foreach (var x in axes[2].Rows) target[at++] = row[x];
            }
    }

    /// <summary>The labels that occur, ascending.</summary>
    public static IReadOnlyList<short> Distinct(ReadOnlySpan<short> labels)
    {
        var seen = new bool[1 << 16];
        short previous = 0;
        if (labels.Length > 0) seen[(ushort)(previous = labels[0])] = true;
        foreach (var label in labels)
        {
            if (label == previous) continue;
            seen[(ushort)(previous = label)] = true;
        }

        return [.. Enumerable.Range(short.MinValue, 1 << 16).Select(v => (short)v).Where(v => seen[(ushort)v])];
    }

    /// <summary>1 (or <paramref name="inside"/>) where the label is, 0 elsewhere.</summary>
    public static void Mask(ReadOnlySpan<short> labels, short label, Span<float> mask, float inside = 1)
    {
        for (var i = 0; i < labels.Length; i++) mask[i] = labels[i] == label ? inside : 0;
    }
}
