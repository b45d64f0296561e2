using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>
/// Reads the <c>architecture</c> object of plans that were made for a pretrained Primus (spec 05 section 16): a published size by its name, without arguments, or
/// the numbers of any other.
/// </summary>
internal static class PrimusReading
{
    private const int Most = 1 << 14;

    /// <summary>Whether the object is of a Primus.</summary>
    public static bool IsOne(JsonFields architecture) => architecture.TextOrNull("network_class_name") is { } name && ArchitectureSpec.Last(name).StartsWith("Primus", StringComparison.Ordinal);

    /// <summary>Reads the object.</summary>
    /// <exception cref="DataException">A key is missing or wrong.</exception>
    public static PrimusSpec Parse(JsonFields architecture) =>
        architecture.Node["arch_kwargs"] is JsonObject { Count: > 0 } ? Described(architecture.Object("arch_kwargs")) : Named(architecture);

    private static PrimusSpec Named(JsonFields architecture) => ArchitectureSpec.Last(architecture.Text("network_class_name")) switch
    {
        "PrimusS" => Of(PrimusSize.S),
        "PrimusB" => Of(PrimusSize.B),
        "PrimusM" => Of(PrimusSize.M),
        "PrimusL" => Of(PrimusSize.L),
        _ => throw architecture.Wrong("network_class_name", "PrimusS, PrimusB, PrimusM or PrimusL where there are no arch_kwargs"),
    };

    private static PrimusSpec Of(PrimusSize size) => PrimusSpec.Of(PrimusVersion.V1, size) with { DropPath = 0 };

    private static PrimusSpec Described(JsonFields given)
    {
        int[] token = [PrimusSpec.TokenSize, PrimusSpec.TokenSize, PrimusSpec.TokenSize];
        if (!given.Ints("patch_embed_size", 1, Most).SequenceEqual(token)) throw given.Wrong("patch_embed_size", $"[{string.Join(", ", token)}]");
        return new PrimusSpec
        {
            Version = PrimusVersion.V1,
            Width = given.Int("embed_dim", 1, Most),
            Depth = given.Int("encoder_eva_depth", 1, Most),
            AttentionHeads = given.Int("encoder_eva_numheads", 1, Most),
            InnerNorm = given.Flag("scale_attn_inner", otherwise: false),
            BranchScale = given.Node["init_values"] switch
            {
                null => null,
                // As nnU-Net takes it: the first of a list.
                JsonArray => given.Numbers("init_values") is [var first, ..] ? first : throw given.Wrong("init_values", "a number, or a list of at least one"),
                _ => given.Number("init_values"),
            },
        };
    }
}
