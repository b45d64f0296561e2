using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <content>What can be asked of a run while it goes on, by whoever embeds it or by another process.</content>
public static partial class TrainingProtocol
{
    /// <summary>Asked of a run. Carried out between two iterations; the sender is answered with <see cref="CommandDone"/> or <see cref="CommandRefused"/>.</summary>
    public abstract record RunCommand;

    /// <summary>Train no further iteration until <see cref="ResumeRun"/>, and write a checkpoint. A pause ends with its process: the same command trains.</summary>
    public sealed record PauseRun : RunCommand;

    /// <summary>Go on after <see cref="PauseRun"/>.</summary>
    public sealed record ResumeRun : RunCommand;

    /// <summary>Write a checkpoint; answered when it is on disk, verified.</summary>
    public sealed record WriteCheckpointNow : RunCommand;

    /// <summary>Go on by these, from the next iteration on. What is null stays.</summary>
    /// <param name="Epochs">Altogether.</param>
    /// <param name="LearningRate">Of the first epoch: it falls from there as it would have.</param>
    public sealed record ChangeSchedule(int? Epochs, double? LearningRate) : RunCommand
    {
        /// <summary>The options with what is changed.</summary>
        public TrainingOptions Of(TrainingOptions options) =>
            options with { Epochs = Epochs ?? options.Epochs, InitialLearningRate = LearningRate ?? options.InitialLearningRate };
    }

    /// <summary>Write a checkpoint and stop in good order; the same command goes on. Answered before the checkpoint is written.</summary>
    public sealed record StopRun : RunCommand;

    /// <summary>Say where it is.</summary>
    public sealed record TellPosition : RunCommand;

    /// <summary>The command is carried out.</summary>
    public sealed record CommandDone(RunPosition Position);

    /// <summary>The command is not carried out.</summary>
    /// <param name="Why">One sentence.</param>
    public sealed record CommandRefused(string Why);

    /// <summary>For the trainer: do this between two iterations and answer <see cref="TrainerControlled"/>.</summary>
    /// <param name="Number">Comes back in the answer.</param>
    /// <param name="Command">Pause, resume, schedule or checkpoint.</param>
    public sealed record ControlTrainer(long Number, RunCommand Command);

    /// <summary>The trainer did as it was told.</summary>
    /// <param name="Incarnation">Of the trainer.</param>
    /// <param name="Number">Of the command.</param>
    /// <param name="Epoch">Of the next iteration.</param>
    /// <param name="Iteration">The next one.</param>
    /// <param name="Snapshot">The state there; null where it goes on after a pause.</param>
    public sealed record TrainerControlled(int Incarnation, long Number, int Epoch, int Iteration, TrainingSnapshot? Snapshot);
}
