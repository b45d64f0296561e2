using System.Collections.Immutable;
using ActorSeg.Compute.Training;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Training;

/// <summary>What a training run does next; the actor carries it out.</summary>
internal abstract record RunEffect
{
    /// <summary>Have the trainer train an epoch.</summary>
    public sealed record Train(TrainEpoch What) : RunEffect;

    /// <summary>Have the validator score a snapshot.</summary>
    public sealed record Score(ScoreSnapshot What) : RunEffect;

    /// <summary>Have a checkpoint written.</summary>
    public sealed record Write(WriteCheckpoint What) : RunEffect;

    /// <summary>Tell the owner of a finished epoch, and where its time went.</summary>
    public sealed record Report(EpochRecord Record, bool Best, EpochCost Cost) : RunEffect;

    /// <summary>Everything is trained, scored and on disk.</summary>
    public sealed record Finish : RunEffect;

    /// <summary>Stopped as asked, and on disk.</summary>
    public sealed record Stopped(int Epoch, int Iteration) : RunEffect;
}

/// <summary>An epoch that waits for its score, with the cases that were out and the learning rate when it ended.</summary>
internal sealed record UnscoredEpoch(EpochTrained Trained, ImmutableList<LostCase> Lost, double LearningRate);

/// <summary>
/// Where a run is: which epochs are trained, which scored, what is being written. Pure: each method takes what happened and gives what is known next and what to do.
/// Holds at most two snapshots: the one being scored and the one trained meanwhile.
/// </summary>
internal sealed partial record TrainingRunState(TrainingOptions Options)
{
    public int Incarnation { get; private init; }
    public ImmutableList<EpochRecord> History { get; private init; } = [];
    public double? BestEma { get; private init; }
    public ImmutableList<UnscoredEpoch> Unscored { get; private init; } = [];

    /// <summary>Cases that batches are built without, each once.</summary>
    public ImmutableList<LostCase> Lost { get; private init; } = [];
    public bool Stopping { get; private init; }

    /// <summary>An epoch is scored before the next one trains.</summary>
    public bool Inline { get; init; }

    // Since an epoch was trained to its end.
    private int Divergences { get; init; }

    private int NextEpoch { get; init; }
    private bool TrainerBusy { get; init; }
    private bool FinalAsked { get; init; }
    private (int Epoch, int Iteration)? StopAt { get; init; }

    /// <summary>A new trainer starts at a checkpoint, or at the beginning. What was known beyond it is forgotten: it will be the same again.</summary>
    public (TrainingRunState, ImmutableList<RunEffect>) Start(RunCheckpoint? from)
    {
        var snapshot = from?.Snapshot;
        var next = this with
        {
            Incarnation = Incarnation + 1,
            History = from is null ? [] : [.. from.History.Where(r => r.Epoch < snapshot!.Epoch)],
            BestEma = from?.BestEma,
            Lost = Lost.AddRange((from?.Lost ?? []).Where(lost => Lost.All(known => known.Case != lost.Case))),
            Unscored = [],
            NextEpoch = snapshot?.Epoch ?? 0,
            TrainerBusy = false,
            Saved = null,
        };
        // Stopped after its last iteration, or given again when it is over: all that is missing is the final checkpoint.
        return next.Over
            ? (next with { FinalAsked = true }, [Write(CheckpointKind.Final, from! with { Options = Options })])
            : next.GoOn(snapshot?.Iteration ?? 0, snapshot?.EpochLosses ?? []);
    }

    /// <summary>A case cannot be used any more; a trainer that goes back does not bring it back.</summary>
    public TrainingRunState Without(LostCase lost) => Lost.Any(known => known.Case == lost.Case) ? this : this with { Lost = Lost.Add(lost) };

    /// <summary>Whether there is nothing left to train.</summary>
    public bool Over => NextEpoch >= Options.Epochs;

    public (TrainingRunState, ImmutableList<RunEffect>) Trained(EpochTrained m)
    {
        if (m.Incarnation != Incarnation) return (this, []);
        var next = this with { Unscored = Unscored.Add(new UnscoredEpoch(m, Lost, Options.LearningRateAt(m.Epoch))), TrainerBusy = false, NextEpoch = m.Epoch + 1, Divergences = 0 };
        var (after, effects) = next.GoOn(0, []);
        return Unscored.IsEmpty ? (after, effects.Add(ScoreFirst(after))) : (after, effects);
    }

    /// <summary>The first unscored epoch has its numbers (NaN when its validation was given up): it becomes history and a checkpoint.</summary>
    public (TrainingRunState, ImmutableList<RunEffect>) Scored(EpochScored m)
    {
        if (Unscored.IsEmpty || Unscored[0].Trained.Epoch != m.Epoch) return (this, []);
        var (trained, lost, rate) = Unscored[0];
        var record = EpochHistory.Close(
            History, m.Epoch, rate, trained.Loss, m.Loss, m.DicePerClass, trained.Started, trained.Ended);
        var best = double.IsFinite(record.EmaForegroundDice) && (BestEma is not { } ema || record.EmaForegroundDice > ema);
        var next = this with { History = History.Add(record), Unscored = Unscored.RemoveAt(0), BestEma = best ? record.EmaForegroundDice : BestEma };

        var last = m.Epoch + 1 >= Options.Epochs;
        var checkpoint = new RunCheckpoint(trained.Snapshot, next.History, next.BestEma) { Lost = lost, Options = Options };
        ImmutableList<RunEffect> effects = [new RunEffect.Report(record, best, trained.Cost), Write(last ? CheckpointKind.Final : CheckpointKind.Latest, checkpoint)];
        if (best) effects = effects.Add(Write(CheckpointKind.Best, checkpoint));
        if (!next.Unscored.IsEmpty) effects = effects.Add(ScoreFirst(next));
        var (after, more) = (next with { FinalAsked = FinalAsked || last }).GoOn(0, []);
        return (after, effects.AddRange(more));
    }

    /// <summary>The validator is a new one: it scores again what was being scored.</summary>
    public (TrainingRunState, ImmutableList<RunEffect>) ValidatorReplaced() => (this, Unscored.IsEmpty ? [] : [ScoreFirst(this)]);

    /// <summary>A mid-epoch copy. Only written when <see cref="CanSave"/>.</summary>
    public (TrainingRunState, ImmutableList<RunEffect>) Copied(SnapshotTaken m)
    {
        if (m.Incarnation != Incarnation) return (this, []);
        if (!m.Stopped) return Save(m.Snapshot);
        // There is no time to wait for the validator: epochs it has not scored are closed without a validation.
        var closed = Unscored.Aggregate(this, (state, epoch) => state.Scored(new EpochScored(epoch.Trained.Epoch, double.NaN, [])).Item1);
        var next = closed with { StopAt = (m.Snapshot.Epoch, m.Snapshot.Iteration) };
        return (next, [Write(CheckpointKind.Latest, next.Checkpoint(m.Snapshot))]);
    }

    public TrainingRunState AskedToStop() => this with { Stopping = true };

    public (TrainingRunState, ImmutableList<RunEffect>) Written(CheckpointWritten m) =>
        StopAt == (m.Epoch, m.Iteration) ? (this, [new RunEffect.Stopped(m.Epoch, m.Iteration)])
        : FinalAsked && m.Kind == CheckpointKind.Final ? (this, [new RunEffect.Finish()])
        : (this, []);

    // The trainer gets its next epoch as soon as at most one other waits for its score: memory stays at two snapshots, and a slow validator holds the trainer back. In line none waits.
    private (TrainingRunState, ImmutableList<RunEffect>) GoOn(int iteration, IReadOnlyList<double> losses) =>
        TrainerBusy || Stopping || Over || Unscored.Count > (Inline ? 0 : 1)
            ? (this, [])
            : (this with { TrainerBusy = true }, [new RunEffect.Train(new TrainEpoch(NextEpoch, iteration, losses))]);

    private static RunEffect ScoreFirst(TrainingRunState state) =>
        new RunEffect.Score(new ScoreSnapshot(state.Unscored[0].Trained.Epoch, state.Unscored[0].Trained.Snapshot.Weights));

    private RunCheckpoint Checkpoint(TrainingSnapshot snapshot) => new(snapshot, History, BestEma) { Lost = Lost, Options = Options };

    private static RunEffect Write(CheckpointKind kind, RunCheckpoint checkpoint) => new RunEffect.Write(new WriteCheckpoint(kind, checkpoint));
}
