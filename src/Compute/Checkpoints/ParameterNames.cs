using System.Text.RegularExpressions;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>The several names nnU-Net's networks give one parameter (spec 10 section 4).</summary>
public static partial class ParameterNames
{
    /// <summary>The name without the prefixes that distributed and compiled wrappers leave: <c>module.</c>, <c>_orig_mod.</c>, in any order.</summary>
    public static string Unwrap(string name)
    {
        while (true)
        {
            if (name.StartsWith("module.", StringComparison.Ordinal)) name = name["module.".Length..];
            else if (name.StartsWith("_orig_mod.", StringComparison.Ordinal)) name = name["_orig_mod.".Length..];
            else return name;
        }
    }

    /// <summary>
    /// The first name of a parameter: the encoder's seen through the decoder is the encoder's; of a block's <c>all_modules</c> the first is the
    /// convolution and the other that has parameters is the norm, whether dropout stands between them or not.
    /// </summary>
    public static string Canonical(string name)
    {
        name = Unwrap(name);
        if (name.StartsWith("decoder.encoder.", StringComparison.Ordinal)) name = name["decoder.".Length..];
        return AllModules().Replace(name, match => match.Groups[1].Value == "0" ? ".conv." : ".norm.");
    }

    /// <summary>Whether a name of the state dict is no parameter: the bookkeeping of batch norm, and the token that a Primus has for what is masked.</summary>
    public static bool IsBuffer(string name) =>
        IsCounter(name) || name == "mask_token" || name.EndsWith(".running_mean", StringComparison.Ordinal) || name.EndsWith(".running_var", StringComparison.Ordinal);

    /// <summary>Whether a buffer is a whole number in the file.</summary>
    public static bool IsCounter(string name) => name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);

    [GeneratedRegex(@"\.all_modules\.([0-9]+)\.")]
    private static partial Regex AllModules();
}
