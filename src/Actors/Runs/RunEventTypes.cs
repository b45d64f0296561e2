using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Every event the journal may hold, by name and version: what is not in this list is neither written nor made of bytes. No name is a .NET type's.
/// </summary>
internal static class RunEventTypes
{
    private static readonly (string Name, Type Type, JsonTypeInfo Json)[] All =
    [
        Of("run-started-1", RunEventJson.Default.RunStarted),
        Of("run-resumed-1", RunEventJson.Default.RunResumed),
        Of("settings-changed-1", RunEventJson.Default.SettingsChanged),
        Of("epoch-ended-1", RunEventJson.Default.EpochEnded),
        Of("checkpoint-committed-1", RunEventJson.Default.CheckpointCommitted),
        Of("checkpoint-postponed-1", RunEventJson.Default.CheckpointPostponed),
        Of("step-left-out-1", RunEventJson.Default.StepLeftOut),
        Of("trainer-rolled-back-1", RunEventJson.Default.TrainerRolledBack),
        Of("worker-replaced-1", RunEventJson.Default.WorkerReplaced),
        Of("validator-given-up-1", RunEventJson.Default.ValidatorGivenUp),
        Of("case-left-out-1", RunEventJson.Default.CaseLeftOut),
        Of("run-paused-1", RunEventJson.Default.RunPaused),
        Of("run-continued-1", RunEventJson.Default.RunContinued),
        Of("case-given-up-1", RunEventJson.Default.CaseGivenUp),
        Of("warned-1", RunEventJson.Default.Warned),
        Of("training-ended-1", RunEventJson.Default.TrainingEnded),
        Of("run-stopped-1", RunEventJson.Default.RunStopped),
        Of("run-finished-1", RunEventJson.Default.RunFinished),
        Of("run-failed-1", RunEventJson.Default.RunFailed),
        Of("history-lost-1", RunEventJson.Default.HistoryLost),
    ];

    private static readonly Dictionary<string, JsonTypeInfo> ByName = All.ToDictionary(t => t.Name, t => t.Json);
    private static readonly Dictionary<Type, (string Name, JsonTypeInfo Json)> ByType = All.ToDictionary(t => t.Type, t => (t.Name, t.Json));

    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(t => t.Name)];

    /// <summary>The name of an event.</summary>
    /// <exception cref="KeyNotFoundException">It is not in the list.</exception>
    public static string NameOf(RunEvent happened) => ByType[happened.GetType()].Name;

    /// <summary>Writes the event as JSON: <c>{"at": ..., "owner": 3, "number": 17, "event": {...}}</c>.</summary>
    public static byte[] Write(Recorded recorded)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("at", recorded.At);
            json.WriteNumber("owner", recorded.Owner);
            json.WriteNumber("number", recorded.Number);
            json.WritePropertyName("event");
            JsonSerializer.Serialize(json, recorded.Event!, ByType[recorded.Event!.GetType()].Json);
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>Reads what <see cref="Write"/> wrote. An event of a name that is not in the list comes without content.</summary>
    /// <exception cref="JsonException">The bytes are not such an event.</exception>
    public static Recorded Read(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            var content = ByName.TryGetValue(name, out var type) ? (RunEvent?)root.GetProperty("event").Deserialize(type) : null;
            return new Recorded(
                root.GetProperty("at").GetDateTimeOffset(), root.GetProperty("owner").GetInt64(), root.GetProperty("number").GetInt64(), content, name);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new JsonException($"the event {name} is not complete", e);
        }
    }

    /// <summary>See <see cref="RunEvent.Fields"/>.</summary>
    public static JsonObject Fields(RunEvent happened) => JsonSerializer.SerializeToNode(happened, ByType[happened.GetType()].Json)!.AsObject();

    private static (string, Type, JsonTypeInfo) Of<T>(string name, JsonTypeInfo<T> json) where T : RunEvent => (name, typeof(T), json);
}

// Fields that are missing are errors, not defaults: a half-read history would be worse than none.
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(RunResumed))]
[JsonSerializable(typeof(SettingsChanged))]
[JsonSerializable(typeof(EpochEnded))]
[JsonSerializable(typeof(CheckpointCommitted))]
[JsonSerializable(typeof(CheckpointPostponed))]
[JsonSerializable(typeof(StepLeftOut))]
[JsonSerializable(typeof(TrainerRolledBack))]
[JsonSerializable(typeof(WorkerReplaced))]
[JsonSerializable(typeof(ValidatorGivenUp))]
[JsonSerializable(typeof(CaseLeftOut))]
[JsonSerializable(typeof(RunPaused))]
[JsonSerializable(typeof(RunContinued))]
[JsonSerializable(typeof(CaseGivenUp))]
[JsonSerializable(typeof(Warned))]
[JsonSerializable(typeof(TrainingEnded))]
[JsonSerializable(typeof(RunStopped))]
[JsonSerializable(typeof(RunFinished))]
[JsonSerializable(typeof(RunFailed))]
[JsonSerializable(typeof(HistoryLost))]
[JsonSerializable(typeof(RunOwner))]
[JsonSerializable(typeof(RunProgress))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
internal sealed partial class RunEventJson : JsonSerializerContext;
