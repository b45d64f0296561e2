using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Networks;

/// <summary>Refuses architectures that cannot be built before anything is allocated for them: plans come from files that anyone may have edited.</summary>
internal static class ArchitectureCheck
{
    // 4 GiB of weights. nnU-Net's largest presets have a tenth of it.
    private const double MostWeights = 1L << 30;
    private const string Advice = "correct arch_kwargs in the plans, or plan again";

    /// <summary>Checks a network.</summary>
    /// <exception cref="DataException">
    /// Lists do not fit the number of stages or axes, a number is out of range, or the network would be absurdly large.
    /// </exception>
    public static void Check(ArchitectureSpec spec, int inputChannels, int heads)
    {
        if (spec.ClassName is not (ArchitectureSpec.PlainConvUNet or ArchitectureSpec.ResidualEncoderUNet))
            throw new DataException("plans", $"network_class_name '{spec.NetworkClassName}' is not built here",
                "use plans with PlainConvUNet or ResidualEncoderUNet, such as those of ExperimentPlanner and nnUNetPlannerResEncM");
        if (inputChannels < 1 || heads < 1)
            throw new DataException("dataset.json", $"asks for a network of {inputChannels} channels and {heads} outputs",
                "name at least one channel and one label or region");
        if (spec.Dimensions is not (2 or 3)) throw new DataException("plans", $"conv_op is for {spec.Dimensions} axes, wanted 2 or 3", Advice);
        if (spec.Stages < 2) throw new DataException("plans", $"n_stages is {spec.Stages}, too few to go down and up",
            "plan with larger images or a larger patch");
        Numbers("features_per_stage", spec.FeaturesPerStage, spec.Stages);
        Numbers(spec.Residual ? "n_blocks_per_stage" : "n_conv_per_stage", spec.EncoderCounts, spec.Stages);
        Numbers("n_conv_per_stage_decoder", spec.DecoderCounts, spec.Stages - 1);
        Axes("kernel_sizes", spec.KernelSizes, spec);
        Axes("strides", spec.Strides, spec);

        // An even kernel's padding makes an image shrink, and it then does not fit the one it is joined with.
        if (spec.KernelSizes.Any(kernel => kernel.Any(k => k % 2 == 0)))
            throw new DataException("plans", "kernel_sizes has an even number, wanted odd ones", Advice);
        if (spec.Strides[0].Any(s => s != 1)) throw new DataException("plans", "strides does not begin with ones: the first stage keeps the full resolution", Advice);
        if (Weights(spec, inputChannels) is > MostWeights and var weights)
            throw new DataException("plans", $"the network would have {weights:E1} weights, more than {MostWeights:E1}", Advice);
    }

    private static void Axes(string name, IReadOnlyList<IReadOnlyList<int>> lists, ArchitectureSpec spec)
    {
        if (lists.Count != spec.Stages) throw new DataException("plans", $"{name} has {lists.Count} entries where n_stages is {spec.Stages}", Advice);
        foreach (var list in lists) Numbers(name, list, spec.Dimensions);
    }

    private static void Numbers(string name, IReadOnlyList<int> values, int count)
    {
        if (values.Count != count || values.Any(v => v < 1))
            throw new DataException("plans", $"{name} has [{string.Join(", ", values)}] where {count} numbers from 1 up are needed", Advice);
    }

    // Of the blocks, which are nearly all; in double, which cannot overflow.
    private static double Weights(ArchitectureSpec spec, int inputChannels)
    {
        var weights = 0.0;
        for (var s = 0; s < spec.Stages; s++)
        {
            double features = spec.FeaturesPerStage[s], before = s > 0 ? spec.FeaturesPerStage[s - 1] : inputChannels;
            var kernel = spec.KernelSizes[s].Aggregate(1.0, (a, b) => a * b);
            // A residual block has two convolutions.
            var convolutions = spec.EncoderCounts[s] * (spec.Residual ? 2.0 : 1);
            weights += features * (before + ((convolutions - 1) * features)) * kernel;
            if (s == 0) continue;
            var above = spec.FeaturesPerStage[s - 1];
            weights += (features * above * spec.Strides[s].Aggregate(1.0, (a, b) => a * b))
                + ((double)above * above * (spec.DecoderCounts[spec.Stages - 1 - s] + 1.0) * spec.KernelSizes[s - 1].Aggregate(1.0, (a, b) => a * b));
        }

        return weights;
    }
}
