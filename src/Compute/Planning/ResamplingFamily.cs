using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Planning;

/// <summary>The sets of resampling functions that planners choose from (spec 02 section 2.2).</summary>
internal enum ResamplingFamily
{
    /// <summary>Cubic splines, slices apart where they are thick.</summary>
    Spline,

    /// <summary>Linear, by torch's interpolate.</summary>
    Torch,

    /// <summary>Linear, slices apart where they are thick.</summary>
    TorchSeparateZ,

    /// <summary>None: every image stays on its grid.</summary>
    None,
}

/// <summary>What goes into plans for each family.</summary>
internal static class ResamplingJson
{
    /// <summary>The six keys of a configuration, in nnU-Net's order.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Describe(ResamplingFamily family)
    {
        var function = family switch
        {
            ResamplingFamily.Spline => "resample_data_or_seg_to_shape",
            ResamplingFamily.None => "no_resampling_hack",
            _ => "resample_torch_fornnunet",
        };
        yield return new("resampling_fn_data", function);
        yield return new("resampling_fn_seg", function);
        yield return new("resampling_fn_data_kwargs", Arguments(family, isSegmentation: false, order: 3));
        yield return new("resampling_fn_seg_kwargs", Arguments(family, isSegmentation: true, order: 1));
        yield return new("resampling_fn_probabilities", function);
        yield return new("resampling_fn_probabilities_kwargs", Arguments(family, isSegmentation: false, order: 1));
    }

    private static JsonObject Arguments(ResamplingFamily family, bool isSegmentation, int order) => family switch
    {
        ResamplingFamily.Spline => new() { ["is_seg"] = isSegmentation, ["order"] = order, ["order_z"] = 0, ["force_separate_z"] = null },
        ResamplingFamily.Torch => new() { ["is_seg"] = isSegmentation, ["force_separate_z"] = false, ["memefficient_seg_resampling"] = false },
        ResamplingFamily.TorchSeparateZ => new()
        {
            ["is_seg"] = isSegmentation,
            ["force_separate_z"] = null,
            ["memefficient_seg_resampling"] = false,
            ["separate_z_anisotropy_threshold"] = 3,
        },
        _ => [],
    };
}
