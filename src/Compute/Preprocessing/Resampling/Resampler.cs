using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>
/// nnU-Net's resampling functions (spec 03 section 5), separable and in float64. Holds the input, the output and, between two axes, one intermediate array of float64.
/// </summary>
public static class Resampler
{
    /// <summary>The default of all planners.</summary>
    internal const string Default = "resample_data_or_seg_to_shape";
    internal const string Torch = "resample_torch_fornnunet", None = "no_resampling_hack";

    /// <summary>Extent on another spacing: half-to-even rounding of old / new x extent (spec 03 section 1 step 6).</summary>
    public static VolumeShape NewShape(VolumeShape shape, Spacing current, Spacing wanted) =>
        VolumeShape.From([.. Enumerable.Range(0, 3).Select(axis => (int)Math.Round(current[axis] / wanted[axis] * shape[axis], MidpointRounding.ToEven))]);

    /// <summary>Resamples images or logits; returns the input itself where the shape is already right.</summary>
    /// <exception cref="DataException">The plans name a function that is not known.</exception>
    public static Volume<float> Resample(
        Volume<float> input, VolumeShape target, Spacing current, Spacing wanted, ResamplingSpec spec, CancellationToken stop = default)
    {
        if (input.Shape == target || spec.Function == None) return input;
        var output = new Volume<float>(input.Channels, target);
        for (var channel = 0; channel < input.Channels; channel++) Resample(input.Channel(channel), input.Shape, output.Channel(channel), target, current, wanted, spec, stop);
        return output;
    }

    /// <summary>Resamples one channel into a buffer of the target's extent.</summary>
    public static void Resample(
        ReadOnlySpan<float> input, VolumeShape shape, Span<float> output, VolumeShape target, Spacing current, Spacing wanted, ResamplingSpec spec, CancellationToken stop = default)
    {
        var z = SeparateAxis(current, wanted, spec);
        if (spec.Function == Torch)
        {
            var axes = new AxisSampling[3];
            for (var axis = 0; axis < 3; axis++) axes[axis] = axis == z ? AxisSampling.TorchNearest(shape[axis], target[axis]) : AxisSampling.TorchLinear(shape[axis], target[axis]);
            Resize.Volume<float, float>(input, shape, output, axes, ValueRange.Any, stop);
            return;
        }

        Require(spec);
        if (z is { } separate) SliceWise.Image(input, shape, output, target, separate, spec, stop);
        else Resize.Volume<float, float>(input, shape, output, Resize.Axes(shape, target, spec.Order), ValueRange.Of(input), stop);
    }

    /// <summary>Resamples a label map, each label as a mask of its own; ties go as the reference's do.</summary>
    /// <exception cref="DataException">The plans name a function that is not known.</exception>
    public static Volume<short> ResampleLabels(
        Volume<short> input, VolumeShape target, Spacing current, Spacing wanted, ResamplingSpec spec, CancellationToken stop = default)
    {
        if (input.Shape == target || spec.Function == None) return input;
        var output = new Volume<short>(input.Channels, target);
        var z = SeparateAxis(current, wanted, spec);
        if (spec.Function != Torch) Require(spec);
        for (var channel = 0; channel < input.Channels; channel++)
        {
            var from = input.Channel(channel);
            var to = output.Channel(channel);
            if (spec.Function == Torch) LabelResize.Torch(from, input.Shape, to, target, z, spec.MemoryEfficientLabels, stop);
            else if (z is { } separate) SliceWise.Labels(from, input.Shape, to, target, separate, spec, stop);
            else LabelResize.Default(from, input.Shape, to, target, spec.Order, stop);
        }

        return output;
    }

    /// <summary>The axis resampled apart from the others, where spacings are so anisotropic (spec 03 section 5.1); exact comparisons, as the reference's.</summary>
    internal static int? SeparateAxis(Spacing current, Spacing wanted, ResamplingSpec spec)
    {
        if (spec.ForceSeparateZ == false) return null;
        if (spec.ForceSeparateZ == true || IsAnisotropic(current, spec)) return Coarsest(current);
        return IsAnisotropic(wanted, spec) ? Coarsest(wanted) : null;
    }

    private static bool IsAnisotropic(Spacing spacing, ResamplingSpec spec)
    {
        var values = spacing.ToArray();
        return values.Max() / values.Min() > spec.SeparateZThreshold;
    }

    // Two or three equally coarse axes: none is resampled apart.
    private static int? Coarsest(Spacing spacing)
    {
        var values = spacing.ToArray();
        var coarsest = Enumerable.Range(0, 3).Where(axis => values.Max() / values[axis] == 1).ToList();
        return coarsest.Count == 1 ? coarsest[0] : null;
    }

    internal static void Require(ResamplingSpec spec)
    {
        if (spec.Function != Default)
            throw new DataException("plans", $"names the resampling function '{spec.Function}'", $"use {Default}, {Torch} or {None}");
        if (spec.Order is not (0 or 1 or 3) || spec.OrderZ is not (0 or 1 or 3))
            throw new DataException("plans", $"asks for splines of order {spec.Order} and order_z {spec.OrderZ}", "use orders 0, 1 or 3");
    }
}
