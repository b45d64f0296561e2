using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>Reads one configuration of the plans, inheritance resolved (spec 02 sections 4.7 and 7).</summary>
internal static class ConfigurationJson
{
    private const int LargestPatch = 1 << 15, LargestBatch = 1 << 20, DeepestInheritance = 32;

    /// <summary>Reads the configuration <paramref name="name"/>.</summary>
    /// <exception cref="DataException">A key is missing or wrong, or it inherits from nothing or from itself.</exception>
    public static Configuration Parse(JsonFields configurations, string name)
    {
        var fields = new JsonFields(Resolve(configurations, name, []), configurations.File, $"configurations.{name}.");
        var patch = fields.Ints("patch_size", 1, LargestPatch);
        if (patch.Count is not (2 or 3)) throw fields.Wrong("patch_size", "2 or 3 numbers");
        var spacing = fields.Numbers("spacing");
        if (spacing.Count != patch.Count || spacing.Any(s => !double.IsFinite(s) || s <= 0))
            throw fields.Wrong("spacing", $"{patch.Count} numbers above 0, one an axis of patch_size");
        var schemes = fields.Texts("normalization_schemes");
        var masks = fields.Flags("use_mask_for_norm");
        if (schemes.Count == 0) throw fields.Wrong("normalization_schemes", "one class name a channel");
        if (masks.Count != schemes.Count) throw fields.Wrong("use_mask_for_norm", $"{schemes.Count} flags, one a channel");
        if (!fields.Has("architecture"))
        {
            if (!fields.Has("UNet_class_name")) throw fields.Missing("architecture");
            fields.Node["architecture"] = ArchitectureJson.FromLegacy(fields);
        }

        var architecture = fields.Object("architecture");
        var configuration = new Configuration
        {
            Name = name,
            DataIdentifier = fields.Text("data_identifier"),
            BatchSize = fields.Int("batch_size", 1, LargestBatch),
            PatchSize = patch,
            Spacing = spacing,
            NormalizationSchemes = schemes,
            UseMaskForNorm = masks,
            PreprocessorName = fields.TextOrNull("preprocessor_name") ?? "DefaultPreprocessor",
            ResampleData = Resampling(fields, "resampling_fn_data"),
            ResampleLabels = Resampling(fields, "resampling_fn_seg"),
            ResampleProbabilities = Resampling(fields, "resampling_fn_probabilities"),
            BatchDice = fields.Flag("batch_dice", otherwise: false),
            PreviousStage = fields.TextOrNull("previous_stage"),
            NextStages = fields.Node["next_stage"] switch { null => [], JsonArray => fields.Texts("next_stage"), _ => [fields.Text("next_stage")] },
        };
        return PrimusReading.IsOne(architecture)
            ? configuration with { Primus = PrimusReading.Parse(architecture) }
            : configuration with { Architecture = ArchitectureReading.Parse(architecture, patch.Count) };
    }

    /// <summary>A copy of a configuration with the keys it inherits. Child keys replace the parent's as a whole; nothing is merged below them.</summary>
    internal static JsonObject Resolve(JsonFields configurations, string name, HashSet<string> seen)
    {
        if (seen.Count > DeepestInheritance)
            throw new DataException(configurations.File, $"configuration '{seen.First()}' inherits over more than {DeepestInheritance} others",
                "shorten the chain of inherits_from");
        if (!seen.Add(name))
            throw new DataException(configurations.File, $"configuration '{name}' inherits from itself ({string.Join(" -> ", seen)})",
                "break the circle of inherits_from");
        var own = configurations.Object(name);
        if (own.TextOrNull("inherits_from") is not { } parent) return (JsonObject)own.Node.DeepClone();
        if (!configurations.Has(parent))
            throw own.Wrong("inherits_from", $"one of {string.Join(", ", configurations.Node.Select(entry => entry.Key))}");
        var resolved = Resolve(configurations, parent, seen);
        foreach (var (key, value) in own.Node) resolved[key] = value?.DeepClone();
        return resolved;
    }

    private static ResamplingSpec Resampling(JsonFields fields, string key)
    {
        var arguments = fields.Has($"{key}_kwargs") ? fields.Object($"{key}_kwargs") : new JsonFields([], fields.File, $"{key}_kwargs.");
        var isSegmentation = arguments.Flag("is_seg", otherwise: key == "resampling_fn_seg");
        return new ResamplingSpec(
            fields.Text(key),
            isSegmentation,
            arguments.Has("order") ? arguments.Int("order", 0, 5) : isSegmentation ? 1 : 3,
            arguments.Has("order_z") ? arguments.Int("order_z", 0, 5) : 0,
            arguments.Has("force_separate_z") ? arguments.Flag("force_separate_z", otherwise: false) : null)
        {
            SeparateZThreshold = arguments.Has("separate_z_anisotropy_threshold") ? arguments.Number("separate_z_anisotropy_threshold") : 3,
            MemoryEfficientLabels = arguments.Flag("memefficient_seg_resampling", otherwise: false),
        };
    }
}
