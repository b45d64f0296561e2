using System.Diagnostics;
using ActorSeg.Actors.Training;
using ActorSeg.Bench.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Bench.Overhead;

/// <summary>The real session on batches that are ready, without files: what is left of a training is the actors, and torch.</summary>
internal sealed class ReadyEngines(TrainingOptions options, Batch ready, string device) : ITrainingEngines, IBatchSource, ICheckpointStore
{
    private static readonly CaseId[] Cases = [new("ready")];
    private readonly List<(long Begun, long Ended)> _steps = [];

    /// <summary>Seconds from the first step that is counted to the end of the last, and how many these are.</summary>
    public (double Seconds, int Steps) Measured(int skip) => (Stopwatch.GetElapsedTime(_steps[skip].Ended, _steps[^1].Ended).TotalSeconds, _steps.Count - 1 - skip);

    /// <summary>Seconds between the end of each counted step and the beginning of the next: the messages, and nothing of torch.</summary>
    public IEnumerable<double> Gaps(int skip) => _steps.Skip(skip).Zip(_steps.Skip(skip + 1), (one, next) => Stopwatch.GetElapsedTime(one.Ended, next.Begun).TotalSeconds);

    public IBatchSource Batches => this;

    public ICheckpointStore Checkpoints => this;

    public LoadingBytes Bytes => new(ready.Bytes, 0, 0);

    public ITrainingEngine CreateTrainer() => new Engine(new TrainingSession(Hippocampus.Configuration(options.BatchSize), Hippocampus.Labels, 1, options, device), _steps);

    public IValidationEngine CreateValidator() => new NoValidation();

    public void Log(DateTimeOffset time, string text)
    {
    }

    public Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop) => new ReadyBatch(key, ready);

    public IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without) => Cases;

    public FoundCheckpoint FindNewest() => new(null, null, []);

    public string Write(CheckpointKind kind, RunCheckpoint checkpoint, CancellationToken abandoned) => "";

    public void Dispose()
    {
    }

    private sealed class ReadyBatch(BatchKey key, Batch ready) : Batch(key, ready.Data, ready.Targets, ReadyEngines.Cases)
    {
        // The tensors are everybody's.
        public override void Dispose()
        {
        }
    }

    private sealed class Engine(TrainingSession session, List<(long Begun, long Ended)> steps) : ITrainingEngine
    {
        public double Step(Batch batch, int epoch)
        {
            var begun = Stopwatch.GetTimestamp();
            var loss = session.Step(batch, epoch);
            steps.Add((begun, Stopwatch.GetTimestamp()));
            return loss;
        }

        public void Use(TrainingOptions options) => session.Use(options);

        public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) => session.Snapshot(epoch, iteration, epochLosses);

        public void Restore(TrainingSnapshot snapshot, string source) => session.Restore(snapshot, source);

        public void Dispose() => session.Dispose();
    }

    private sealed class NoValidation : IValidationEngine
    {
        public void Load(IReadOnlyList<NamedTensor> weights, string source)
        {
        }

        public void Add(Batch batch)
        {
        }

        public (double Loss, IReadOnlyList<double> DicePerClass) Finish() => (0, [0, 0]);

        public void Dispose()
        {
        }
    }
}
