using System.Collections.Immutable;
using System.Globalization;
using ActorSeg.Compute.Training;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <content>What follows from commands.</content>
internal sealed partial record TrainingRunState
{
    /// <summary>The trainer holds between two iterations, and one that takes its place will.</summary>
    public bool Paused { get; private init; }

    // Position of the last mid-epoch checkpoint: a paused run is not written again and again.
    private (int Epoch, int Iteration)? Saved { get; init; }

    // The epoch that is trained last at the earliest: the one under way, or the last one trained.
    private int FewestEpochs => Math.Max(1, TrainerBusy ? NextEpoch + 1 : NextEpoch);

    /// <summary>Why a command cannot be followed now; null where it can.</summary>
    public string? Refusal(RunCommand command) => command switch
    {
        StopRun => null,
        _ when Stopping => "the run is stopping",
        _ when FinalAsked => "the training is over; for more epochs, give the train command again with --epochs",
        ChangeSchedule { Epochs: null, LearningRate: null } => "neither epochs nor a learning rate are given",
        ChangeSchedule { Epochs: { } n } when n < FewestEpochs => Text($"{n} epochs are too few: epoch {FewestEpochs} of {Options.Epochs} is under way; give {FewestEpochs} or more"),
        ChangeSchedule { LearningRate: { } x } when x <= 0 || !double.IsFinite(x) => Text($"a learning rate of {x} is not allowed; give a number above 0"),
        _ => null,
    };

    /// <summary>The trainer did as it was told. What was decided is durable where its curves can end with its weights; else with the next epoch that is scored.</summary>
    public (TrainingRunState, ImmutableList<RunEffect>) Controlled(RunCommand command, TrainerControlled m)
    {
        var next = command switch
        {
            PauseRun => this with { Paused = true },
            ResumeRun => this with { Paused = false },
            ChangeSchedule change => this with { Options = change.Of(Options), Saved = null },
            WriteCheckpointNow => this with { Saved = null },
            _ => this,
        };
        var (saved, effects) = m.Snapshot is { } snapshot ? next.Save(snapshot) : (next, []);
        // More epochs may be what an idle trainer waits for.
        var (after, more) = saved.GoOn(0, []);
        return (after, effects.AddRange(more));
    }

    /// <summary>Whether a mid-epoch checkpoint can be written: every trained epoch is scored, so that its curves end where its weights do.</summary>
    public bool CanSave => Unscored.IsEmpty;

    private (TrainingRunState, ImmutableList<RunEffect>) Save(TrainingSnapshot snapshot) =>
        CanSave && Saved != (snapshot.Epoch, snapshot.Iteration)
            ? (this with { Saved = (snapshot.Epoch, snapshot.Iteration) }, [Write(CheckpointKind.Latest, Checkpoint(snapshot))])
            : (this, []);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
