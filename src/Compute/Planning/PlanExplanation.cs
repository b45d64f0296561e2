using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Fingerprinting;

namespace ActorSeg.Compute.Planning;

/// <summary>A value of plans with the rule and the numbers it came from.</summary>
/// <param name="Configuration">Its configuration; empty for keys of the plans as a whole.</param>
/// <param name="Key">Key in the plans.</param>
/// <param name="Value">As it is in the file.</param>
/// <param name="Rule">A sentence.</param>
/// <param name="Numbers">By name; may be empty.</param>
/// <param name="AsPlanned">Whether the planner gives this value from the fingerprint that is there.</param>
public sealed record ExplainedValue(string Configuration, string Key, JsonNode? Value, string Rule, JsonObject Numbers, bool AsPlanned);

/// <summary>Explains plans by planning once more from the fingerprint and dataset.json beside them, and holding both against each other.</summary>
public static class PlanExplanation
{
    private static readonly string[] WholePlans = ["transpose_forward", "image_reader_writer", "foreground_intensity_properties_per_channel"];

    /// <summary>Explains every value of every configuration.</summary>
    /// <param name="plans">As they are in the file.</param>
    /// <param name="json">dataset.json they were made with.</param>
    /// <param name="fingerprint">The fingerprint they were made with.</param>
    /// <param name="options">What the user had changed; the plans do not record it.</param>
    /// <exception cref="DataException">The plans do not say which planner made them, or fingerprint and dataset.json do not fit.</exception>
    /// <exception cref="UsageException">The planner is none of this version's.</exception>
    public static IReadOnlyList<ExplainedValue> Of(Plans plans, DatasetJson json, DatasetFingerprint fingerprint, PlannerOptions options)
    {
        var planner = plans.Source["experiment_planner_used"]?.GetValueKind() == System.Text.Json.JsonValueKind.String
            ? plans.Source["experiment_planner_used"]!.GetValue<string>()
            : throw new DataException(plans.PlansName, "does not say which planner made it (experiment_planner_used)", "plan again");
        var reasons = new PlanReasons();
        var again = ExperimentPlanner.Plan(
            plans.DatasetName, json, fingerprint, plans.ImageReaderWriter, planner, options with { PlansName = plans.PlansName, Reasons = reasons }).Source;

        var explained = new List<ExplainedValue>();
        void Add(string configuration, string key, JsonNode? value, JsonNode? planned)
        {
            var same = JsonNode.DeepEquals(value, planned);
            var (rule, numbers) = reasons.Of(configuration, key) is { } reason ? (reason.Rule, reason.Numbers) : (Fixed(key, planner), []);
            if (!same) rule = $"not what {planner} gives from this fingerprint ({planned?.ToJsonString() ?? "nothing"}): edited by hand, or planned with flags other than those given here. Its rule: {rule}";
            explained.Add(new ExplainedValue(configuration, key, value?.DeepClone(), rule, (JsonObject)numbers.DeepClone(), same));
        }

        foreach (var key in WholePlans) Add("", key, plans.Source[key], again[key]);
        var configurations = plans.Source["configurations"]!.AsObject();
        if (reasons.Of("", "configurations") is { } which)
            explained.Add(new ExplainedValue("", "configurations", new JsonArray([.. configurations.Select(c => JsonValue.Create(c.Key))]), which.Rule, (JsonObject)which.Numbers.DeepClone(), true));
        foreach (var (name, configuration) in configurations)
            foreach (var (key, value) in configuration!.AsObject())
                Add(name, key, value, again["configurations"]![name]?[key]);
        return explained;
    }

    private static string Fixed(string key, string planner) => key switch
    {
        "image_reader_writer" => "named in dataset.json, or the first reader that takes its file ending",
        "foreground_intensity_properties_per_channel" => "copied from the fingerprint",
        "data_identifier" => "plans name and configuration; the ResEnc presets use the default planner's cases where these are the same",
        "preprocessor_name" => "as given by -preprocessor_name",
        "median_image_size_in_voxels" => "median over cases of extent x spacing / target spacing",
        "next_stage" or "previous_stage" or "inherits_from" => "the cascade: 3d_lowres first, then 3d_fullres with its result as further input",
        _ when key.StartsWith("resampling_", StringComparison.Ordinal) => $"of the planner {planner}",
        _ => "unknown to this version; kept as it is",
    };
}
