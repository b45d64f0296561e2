using System.Text.RegularExpressions;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;

namespace ActorSeg.Compute.Inference;

/// <summary>The networks of trainers that do not take the plans' one, by the class name that a checkpoint carries (spec 04 section 11).</summary>
public static partial class TrainerNetworks
{
    /// <summary>The network of a trainer; of all that are not known, the plans'.</summary>
    public static NetworkRecipe Of(string trainer)
    {
        if (trainer == "nnUNetTrainerBN") return new NetworkRecipe.Planned(BatchNorm: true);
        if (PrimusName().Match(trainer) is not { Success: true } primus) return NetworkRecipe.Default;
        var version = primus.Groups["version"].Value is { Length: > 0 } text ? Enum.Parse<PrimusVersion>(text) : PrimusVersion.V1;
        return new PrimusRecipe(PrimusSpec.Of(version, Enum.Parse<PrimusSize>(primus.Groups["size"].Value)));
    }

    [GeneratedRegex(@"\A(nnUNet)?_Primus(?<version>V2|V3)?_?(?<size>[SBML])_")]
    private static partial Regex PrimusName();
}
