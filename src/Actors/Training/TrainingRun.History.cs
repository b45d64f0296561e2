using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using Akka.Actor;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <content>What the run's history is told. Decisions are warnings as well; news are not.</content>
public sealed partial class TrainingRun
{
    private string? _rolledBackFor;

    private void Note(RunEvent news) => _owner.Tell(new RunNews(news));

    private void Decide(RunEvent decision, string text)
    {
        _owner.Tell(new RunDecision(decision, text));
        Child(Log).Tell(new LogLine($"warning: {text}"));
    }

    // The first trainer resumes the run; any other goes back for the one before it.
    private void NoteStart(FoundCheckpoint found)
    {
        var (epoch, iteration) = (found.Checkpoint?.Snapshot.Epoch ?? 0, found.Checkpoint?.Snapshot.Iteration ?? 0);
        if (_rolledBackFor is { } cause) Note(new TrainerRolledBack(epoch, iteration, cause));
        else if (found.Path is { } path) Note(new RunResumed(epoch, iteration, Path.GetFileName(path), [.. found.Refused.Select(Refused)]));
        _rolledBackFor = null;
    }

    private void NoteWritten(CheckpointWritten m) => Note(new CheckpointCommitted(m.Kind.ToString().ToLowerInvariant(), m.Epoch, m.Iteration, m.WeightsSha256));

    // The folder is where the history lies.
    private RefusedFile Refused(string told)
    {
        var text = told.Replace(_plan.FoldFolder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal);
        var at = text.IndexOf(": ", StringComparison.Ordinal);
        return at < 0 ? new RefusedFile("", text) : new RefusedFile(text[..at], text[(at + 2)..]);
    }
}
