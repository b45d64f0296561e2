using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Training;

namespace ActorSeg.Host.Rendering;

/// <summary>Results as JSON values.</summary>
internal static class JsonValues
{
    /// <summary>JSON has no NaN: what is undefined is null.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>The object with null for each number that is not finite and so stands there as a text.</summary>
    public static JsonObject Finite(JsonObject json)
    {
        foreach (var (key, value) in json.ToArray()) json[key] = Finite(value);
        return json;
    }

    /// <summary>Four decimals, or a dash where undefined.</summary>
    public static string Text(double value) => double.IsFinite(value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "-";

    private static JsonNode? Finite(JsonNode? node) => node switch
    {
        JsonObject map => Finite((JsonObject)map.DeepClone()),
        JsonArray list => Array(list, item => Finite(item)),
        JsonValue value when value.TryGetValue<string>(out var text) && text is "NaN" or "Infinity" or "-Infinity" => null,
        _ => node?.DeepClone(),
    };

    /// <summary>Dice by class name.</summary>
    public static JsonObject Dice(IReadOnlyDictionary<string, double> dice)
    {
        var json = new JsonObject();
        foreach (var (name, value) in dice) json[name] = Number(value);
        return json;
    }

    /// <summary>A list.</summary>
    public static JsonArray Array<T>(IEnumerable<T> items, Func<T, JsonNode?> value) => new([.. items.Select(value)]);

    /// <summary>A list of texts.</summary>
    public static JsonArray Texts(IEnumerable<string> items) => Array(items, item => JsonValue.Create(item));

    /// <summary>A quarantined case.</summary>
    public static JsonObject Of(QuarantinedCase quarantined) => new()
    {
        ["case"] = quarantined.Case.Value,
        ["stage"] = quarantined.Stage,
        ["tries"] = quarantined.Tries,
        ["cause"] = quarantined.Cause,
        ["kind"] = quarantined.Kind?.ToString().ToLowerInvariant(),
    };

    /// <summary>A training epoch.</summary>
    public static JsonObject Of(EpochRecord epoch) => new()
    {
        ["epoch"] = epoch.Epoch,
        ["learning_rate"] = Number(epoch.LearningRate),
        ["train_loss"] = Number(epoch.TrainLoss),
        ["validation_loss"] = Number(epoch.ValidationLoss),
        ["pseudo_dice"] = Array(epoch.DicePerClass, Number),
        ["mean_pseudo_dice"] = Number(epoch.MeanForegroundDice),
        ["ema_pseudo_dice"] = Number(epoch.EmaForegroundDice),
    };
}
