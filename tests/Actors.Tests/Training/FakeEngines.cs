using System.Collections.Concurrent;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;
using static TorchSharp.torch;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>
/// A training without a network: its one weight is the sum of the numbers of all batches it has seen, so that a batch missed or seen twice shows in the end.
/// Each part fails when it is told to.
/// </summary>
internal sealed class FakeEngines : ITrainingEngines, IBatchSource, ICheckpointStore
{
    private readonly ConcurrentDictionary<BatchKey, int> _builds = new();
    private int _alive, _atWork, _mostAtWork;
    private RunCheckpoint? _latest;

    public Func<BatchKey, int, Exception?> FailBuild { get; set; } = (_, _) => null;

    public Func<CaseId, Exception?> FailCase { get; set; } = _ => null;

    /// <summary>Why no trainer can be made.</summary>
    public Func<Exception?> FailTrainer { get; set; } = () => null;

    public Func<BatchKey, Exception?> FailStep { get; set; } = _ => null;

    public Func<BatchKey, Exception?> FailScore { get; set; } = _ => null;

    public Func<double> Dice { get; set; } = () => 0.5;

    /// <summary>Epochs, learning rates and precisions that trainers were told to go on by.</summary>
    public ConcurrentQueue<TrainingOptions> Used { get; } = new();

    public Func<CheckpointKind, Exception?> FailWrite { get; set; } = _ => null;

    public Func<Exception?> FailFind { get; set; } = () => null;

    /// <summary>Writes that came to their end when another writer was in place.</summary>
    public int Abandoned { get; private set; }

    public List<string> Refused { get; } = [];

    /// <summary>Holds the trainer at one step until the test opens it.</summary>
    public FakeGate? Gate { get; set; }

    public ConcurrentQueue<(CheckpointKind Kind, RunCheckpoint Checkpoint)> Written { get; } = new();

    public ConcurrentQueue<BatchKey> Steps { get; } = new();

    /// <summary>How many steps were taken when memory was given back.</summary>
    public ConcurrentQueue<int> Tidied { get; } = new();

    /// <summary>The cases of the batches of the steps.</summary>
    public ConcurrentQueue<CaseId> Seen { get; } = new();

    public ConcurrentQueue<string> Logged { get; } = new();

    public IBatchSource Batches => this;

    public ICheckpointStore Checkpoints => this;

    /// <summary>Batches built and not disposed.</summary>
    public int Alive => _alive;

    public int TrainersMade { get; private set; }

    public int ValidatorsMade { get; private set; }

    public int ValidatorsAlive { get; private set; }

    public ITrainingEngine CreateTrainer()
    {
        TrainersMade++;
        return FailTrainer() is { } cause ? throw cause : new Engine(this);
    }

    public IValidationEngine CreateValidator()
    {
        (ValidatorsMade, ValidatorsAlive) = (ValidatorsMade + 1, ValidatorsAlive + 1);
        return new Scorer(this);
    }

    public LoadingBytes Bytes { get; init; } = new(Batch: 4, Scratch: 0, Kept: 0);

    public IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without) =>
        [Enumerable.Range(key.Epoch + key.Index, 6).Select(n => new CaseId($"case_{n % 6}")).First(id => !without.Contains(id))];

    public Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop)
    {
        var cases = CasesOf(key, without);
        if (FailBuild(key, _builds.AddOrUpdate(key, 1, (_, n) => n + 1)) is { } error) throw error;
        foreach (var id in cases)
            if (FailCase(id) is { } cause) throw new SampleException(id, key, cause);
        Interlocked.Increment(ref _alive);
        return new CountedBatch(key, cases, () => Interlocked.Decrement(ref _alive)) { Cost = new BatchCost(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)) };
    }

    public FoundCheckpoint FindNewest()
    {
        if (FailFind() is { } error) throw error;
        return new FoundCheckpoint(_latest is null ? null : "checkpoint_latest.pth", _latest, Refused);
    }

    public string Write(CheckpointKind kind, RunCheckpoint checkpoint, CancellationToken abandoned = default)
    {
        if (FailWrite(kind) is { } error) throw error;
        if (abandoned.IsCancellationRequested)
        {
            Abandoned++;
            throw new OperationCanceledException(abandoned);
        }

        Written.Enqueue((kind, checkpoint));
        if (kind != CheckpointKind.Best) _latest = checkpoint;
        return "digest";
    }

    public void Log(DateTimeOffset time, string text) => Logged.Enqueue(text);

    public void Dispose()
    {
    }

    /// <summary>Trainers and validators that were at work at the same time, at most.</summary>
    public int MostAtWork => _mostAtWork;

    private void BeginWork()
    {
        lock (_builds) _mostAtWork = Math.Max(_mostAtWork, ++_atWork);
    }

    private void EndWork()
    {
        lock (_builds) _atWork--;
    }

    /// <summary>What a batch adds to the weight.</summary>
    public static float ValueOf(BatchKey key) => (key.Epoch * 100) + key.Index + 1;

    public static float Weight(RunCheckpoint checkpoint) => checkpoint.Snapshot.Weights[0].Values[0];

    private sealed class Engine(FakeEngines owner) : ITrainingEngine
    {
        private float _weight;

        public double Step(Batch batch, int epoch)
        {
            owner.BeginWork();
            try
            {
                owner.Gate?.Pass(batch.Key);
                if (owner.FailStep(batch.Key) is { } error) throw error;
                owner.Steps.Enqueue(batch.Key);
                foreach (var id in batch.Cases) owner.Seen.Enqueue(id);
                _weight += ValueOf(batch.Key);
                return 1.0 / (1 + batch.Key.Epoch);
            }
            finally
            {
                owner.EndWork();
            }
        }

        public void Use(TrainingOptions options) => owner.Used.Enqueue(options);

        public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) =>
            new(epoch, iteration, [new NamedTensor("w", [1], [_weight])], [[]], epochLosses);

        public void Restore(TrainingSnapshot snapshot, string source) => _weight = snapshot.Weights[0].Values[0];

        public void Tidy() => owner.Tidied.Enqueue(owner.Steps.Count);

        public void Dispose()
        {
        }
    }

    private sealed class Scorer(FakeEngines owner) : IValidationEngine
    {
        private int _batches;

        public void Load(IReadOnlyList<NamedTensor> weights, string source) => _batches = 0;

        public void Add(Batch batch)
        {
            owner.BeginWork();
            try
            {
                if (owner.FailScore(batch.Key) is { } error) throw error;
                _batches++;
            }
            finally
            {
                owner.EndWork();
            }
        }

        public (double Loss, IReadOnlyList<double> DicePerClass) Finish() => (_batches, [owner.Dice()]);

        public void Dispose() => owner.ValidatorsAlive--;
    }
}

/// <summary>A point of the training at which a test can do something.</summary>
internal sealed class FakeGate(Func<BatchKey, bool> at)
{
    public ManualResetEventSlim Reached { get; } = new();

    public ManualResetEventSlim Open { get; } = new();

    public void Pass(BatchKey key)
    {
        if (!at(key)) return;
        Reached.Set();
        Open.Wait();
    }
}

/// <summary>A batch of one number that tells when it is disposed, once.</summary>
internal sealed class CountedBatch(BatchKey key, IReadOnlyList<CaseId> cases, Action disposed) : Batch(key, zeros(1).DetachFromDisposeScope(), [], cases)
{
    private int _disposed;

    public override void Dispose()
    {
        base.Dispose();
        if (Interlocked.Exchange(ref _disposed, 1) == 0) disposed();
    }
}
