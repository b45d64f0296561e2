using System.Text.Json;
using ActorSeg.Actors.Training;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Runs;

/// <summary>A command as it goes from process to process: <c>{"command":"set","epochs":60,"learning_rate":null}</c>.</summary>
/// <param name="Command">Its word.</param>
/// <param name="Epochs">Of <c>set</c>.</param>
/// <param name="LearningRate">Of <c>set</c>.</param>
internal sealed record ControlRequest(string Command, int? Epochs = null, double? LearningRate = null);

/// <summary>What comes back: the position where it was carried out, or why not.</summary>
/// <param name="Position">null when it was not.</param>
/// <param name="Refused">One sentence; null when it was.</param>
internal sealed record ControlAnswer(RunPosition? Position = null, string? Refused = null);

/// <summary>Commands and answers as lines of JSON.</summary>
internal static class ControlWire
{
    /// <summary>Longest line, bytes.</summary>
    public const int MostBytes = 4096;

    private static readonly (string Word, Type Type, Func<ControlRequest, RunCommand> Make)[] Words =
    [
        ("pause", typeof(PauseRun), _ => new PauseRun()),
        ("resume", typeof(ResumeRun), _ => new ResumeRun()),
        ("checkpoint", typeof(WriteCheckpointNow), _ => new WriteCheckpointNow()),
        ("set", typeof(ChangeSchedule), r => new ChangeSchedule(r.Epochs, r.LearningRate)),
        ("cancel", typeof(StopRun), _ => new StopRun()),
        ("status", typeof(TellPosition), _ => new TellPosition()),
    ];

    /// <summary>The line of a command.</summary>
    public static byte[] Write(RunCommand command)
    {
        var word = Words.First(w => w.Type == command.GetType()).Word;
        var set = command as ChangeSchedule;
        return JsonSerializer.SerializeToUtf8Bytes(new ControlRequest(word, set?.Epochs, set?.LearningRate), RunEventJson.Default.ControlRequest);
    }

    /// <summary>The command of a line; null of anything else.</summary>
    public static RunCommand? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var request = JsonSerializer.Deserialize(line, RunEventJson.Default.ControlRequest);
            return request is null ? null : Words.FirstOrDefault(w => w.Word == request.Command).Make?.Invoke(request);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The line of an answer.</summary>
    public static byte[] Write(ControlAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, RunEventJson.Default.ControlAnswer);

    /// <summary>The answer of a line; null of anything else.</summary>
    public static ControlAnswer? ReadAnswer(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunEventJson.Default.ControlAnswer);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
