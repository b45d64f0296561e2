using System.Diagnostics;
using ActorSeg.Actors.Training;
using ActorSeg.Bench.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Bench.Overhead;

/// <summary>
/// The real session on batches that are ready, without files: what is left of a training is the actors, and torch. After each stretch of steps under the actors the trainer's thread takes
/// as many in a bare loop, of the same session: stretches so near each other have the same machine, memory and thread.
/// </summary>
internal sealed class ReadyEngines(TrainingOptions options, Batch ready, string device, int stretch) : ITrainingEngines, IBatchSource, ICheckpointStore
{
    private static readonly CaseId[] Cases = [new("ready")];

    /// <summary>Seconds of a step, for each stretch that is counted and the bare one after it.</summary>
    public List<(double Actors, double Bare)> Pairs { get; } = [];

    /// <summary>Seconds from the end of each step under the actors to the beginning of the next: the messages, and nothing of torch.</summary>
    public List<double> Gaps { get; } = [];

    private int Stretch => stretch;

    public IBatchSource Batches => this;

    public ICheckpointStore Checkpoints => this;

    public LoadingBytes Bytes => new(ready.Bytes, 0, 0);

    public ITrainingEngine CreateTrainer() => new Engine(new TrainingSession(Hippocampus.Configuration(options.BatchSize), Hippocampus.Labels, 1, options, device), this);

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

    private sealed class Engine(TrainingSession session, ReadyEngines owner) : ITrainingEngine
    {
        private int _taken;
        // Where the stretch began, and the last step ended.
        private long _began, _ended;

        public double Step(Batch batch, int epoch)
        {
            if (_began != 0) owner.Gaps.Add(Stopwatch.GetElapsedTime(_ended).TotalSeconds);
            var loss = session.Step(batch, epoch);
            _ended = Stopwatch.GetTimestamp();
            if (++_taken % owner.Stretch == 0) Compare(batch, epoch);
            return loss;
        }

        // The first stretch is there to warm up, and is not counted.
        private void Compare(Batch batch, int epoch)
        {
            for (var i = 0; i < owner.Stretch; i++) session.Step(batch, epoch);
            var now = Stopwatch.GetTimestamp();
            if (_began != 0) owner.Pairs.Add((Seconds(_began, _ended), Seconds(_ended, now)));
            _began = _ended = now;
        }

        private double Seconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalSeconds / owner.Stretch;

        public void Use(TrainingOptions options) => session.Use(options);

        public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) => session.Snapshot(epoch, iteration, epochLosses);

        public void Restore(TrainingSnapshot snapshot, string source) => session.Restore(snapshot, source);

        public void Tidy() => session.Tidy();

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
