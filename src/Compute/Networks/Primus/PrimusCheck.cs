using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>Refuses what cannot be built before anything is allocated for it: widths may come from plans, which anyone may have edited.</summary>
internal static class PrimusCheck
{
    // Those of the trainers have a tenth of both. 4 GiB of weights.
    private const int MostNumbers = 1 << 14;
    private const double MostWeights = 1L << 30;
    private const string Sizes = "use one of the sizes S, B, M and L";

    /// <summary>Checks a network.</summary>
    /// <param name="spec">Which one.</param>
    /// <param name="patch">Voxels an axis.</param>
    /// <param name="inputChannels">Image channels.</param>
    /// <param name="heads">Outputs.</param>
    /// <exception cref="DataException">A number is out of range, or the network would be absurdly large.</exception>
    public static void Check(PrimusSpec spec, IReadOnlyList<int> patch, int inputChannels, int heads)
    {
        if (inputChannels < 1 || heads < 1)
            throw new DataException("dataset.json", $"asks for a network of {inputChannels} channels and {heads} outputs", "name at least one channel and one label or region");
        Transformer(spec);
        Embedding(spec);

        var voxels = $"patch_size ({string.Join(", ", patch)})";
        if (patch.Count != 3) throw new DataException("plans", $"{voxels} has {patch.Count} axes where a Primus takes 3", "train a 3d configuration, or with another trainer");
        if (patch.Any(n => n < PrimusSpec.TokenSize || n % PrimusSpec.TokenSize != 0))
            throw new DataException("plans", $"{voxels} is no multiple of {PrimusSpec.TokenSize}, as a Primus needs it", "correct patch_size, or train with another trainer");
        var tokens = patch.Aggregate(1.0, (product, n) => product * n / PrimusSpec.TokenSize);
        // Instance norm over a single voxel is nothing but zeros.
        if (spec.Version != PrimusVersion.V1 && tokens == 1)
            throw new DataException("plans", $"{voxels} is a single token, over which the network cannot normalise", "give a larger patch_size");
        if ((spec.Depth * 12.0 * spec.Width * spec.Width) + (tokens * spec.Width) is > MostWeights and var weights)
            throw new DataException("plans", $"the network would have {weights:E1} weights, more than {MostWeights:E1}", Sizes);
    }

    private static void Transformer(PrimusSpec spec)
    {
        if (spec.Width is < 1 or > MostNumbers || spec.Depth is < 1 or > MostNumbers)
            throw new DataException("plans", $"a Primus of {spec.Depth} blocks, {spec.Width} wide, is out of range (1 to {MostNumbers})", Sizes);
        if (spec.AttentionHeads < 1 || spec.Width % spec.AttentionHeads != 0 || spec.Width / spec.AttentionHeads % 6 != 0)
            throw new DataException("plans", $"a Primus {spec.Width} wide cannot have {spec.AttentionHeads} heads: the width of each must be a multiple of 6", Sizes);
        if (spec.DropPath is not (>= 0 and < 1)) throw new DataException("plans", $"a drop path of {spec.DropPath} is no probability below 1", "give one, such as 0.2");
    }

    private static void Embedding(PrimusSpec spec)
    {
        var wanted = spec.Version == PrimusVersion.V1 ? 0 : 4;
        if (spec.Widths.Count != wanted || spec.Widths.Any(w => w is < 1 or > MostNumbers))
            throw new DataException("plans", $"a patch embedding of widths ({string.Join(", ", spec.Widths)}) cannot be built", $"give {wanted} numbers from 1 to {MostNumbers}");
    }
}
