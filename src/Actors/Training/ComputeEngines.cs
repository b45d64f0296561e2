using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>The real engines of a training: each port is one class of Compute.</summary>
/// <param name="setup">What is trained.</param>
/// <param name="claim">Whose checkpoints may be written.</param>
/// <param name="kept">Keeps checkpoints in the place of files; null writes files.</param>
/// <param name="openBytes">What the training's cases kept open may take, and so much again the validation's.</param>
internal sealed class ComputeEngines(TrainingSetup setup, RunClaim claim, KeptCheckpoints? kept = null, long openBytes = BatchOptions.DefaultOpenBytes) : ITrainingEngines
{
    private readonly IBatchSource _batches = setup.Trainer.MadeData ? new MadeSource(setup) : new BatchSource(setup, openBytes);
    private readonly BenchmarkStore? _benchmark = setup.Trainer.Benchmark ? new BenchmarkStore(setup, claim) : null;
    private readonly FileCheckpointStore _store = new(setup, claim);
    private readonly TrainingLog _log = new(setup.FoldFolder);

    public IBatchSource Batches => _batches;

    public ICheckpointStore Checkpoints => _benchmark is not null ? _benchmark : kept is not null ? kept.Over(_store) : _store;

    public ITrainingEngine CreateTrainer()
    {
        var session = new TrainingSession(setup.Configuration, setup.Dataset.Labels, setup.InputChannels, setup.Options, setup.Device, setup.Trainer.Network);
        setup.Begin(session.Network);
        // As they are in this network, whatever the checkpoint's file has called them.
        _store.StateNames = session.Network.StateNames;
        return new Engine(session, _benchmark);
    }

    public IValidationEngine CreateValidator() => new Scorer(
        new OnlineValidation(setup.Configuration, setup.Dataset.Labels, setup.InputChannels, setup.Device, setup.Trainer.Network, setup.Options));

    public void Log(DateTimeOffset time, string text) => _log.Append(time, text);

    public void Dispose() => (_batches as IDisposable)?.Dispose();

    private sealed class Engine(TrainingSession session, BenchmarkStore? benchmark) : ITrainingEngine
    {
        public double Step(Batch batch, int epoch)
        {
            try
            {
                return session.Step(batch, epoch);
            }
            catch (Exception e) when (benchmark is not null && e is not NonFiniteLossException)
            {
                benchmark.WriteCrash();
                throw;
            }
        }

        public void Use(TrainingOptions options) => session.Use(options);

        public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) => session.Snapshot(epoch, iteration, epochLosses);

        public void Restore(TrainingSnapshot snapshot, string source) => session.Restore(snapshot, source);

        public void Tidy() => session.Tidy();

        public void Dispose() => session.Dispose();
    }

    private sealed class Scorer(OnlineValidation validation) : IValidationEngine
    {
        public void Load(IReadOnlyList<NamedTensor> weights, string source) => validation.Load(weights, source);

        public void Add(Batch batch) => validation.Add(batch);

        public (double Loss, IReadOnlyList<double> DicePerClass) Finish() => validation.Finish();

        public void Dispose() => validation.Dispose();
    }

    private sealed class MadeSource(TrainingSetup setup) : IBatchSource, IDisposable
    {
        private readonly MadeBatches _made = new(
            setup.Configuration, setup.Dataset.Labels, setup.InputChannels,
            new BatchOptions(setup.Options.BatchSize, setup.Options.OversampleForeground) { DeepSupervision = setup.Trainer.HasDeepSupervision });

        public LoadingBytes Bytes => new(_made.BatchBytes, 0, 0);

        public Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop) => _made.Build(key);

        public IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without) => [];

        public void Dispose() => _made.Dispose();
    }

    private sealed class BatchSource(TrainingSetup setup, long openBytes) : IBatchSource, IDisposable
    {
        private readonly BatchBuilder _training = Builder(setup, setup.Split.Train, setup.Trainer.Augmentation, openBytes);
        private readonly BatchBuilder _validation = Builder(setup, setup.Split.Validation, setup.Trainer.Augmentation.ForValidation, openBytes);

        public LoadingBytes Bytes => new(
            Math.Max(_training.BatchBytes, _validation.BatchBytes), Math.Max(_training.ScratchBytes, _validation.ScratchBytes), 2 * openBytes);

        public Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop) => Of(key).Build(key, without, stop);

        public IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without) => Of(key).CasesOf(key, without);

        public void Dispose()
        {
            _training.Dispose();
            _validation.Dispose();
        }

        private BatchBuilder Of(BatchKey key) => key.Validation ? _validation : _training;

        private static BatchBuilder Builder(TrainingSetup s, IReadOnlyList<CaseId> cases, AugmentationVariant variant, long openBytes) =>
            new(s.Store, cases, s.Configuration, s.Dataset.Labels, new BatchOptions(s.Options.BatchSize, s.Options.OversampleForeground) { Variant = variant, DeepSupervision = s.Trainer.HasDeepSupervision, OpenBytes = openBytes });
    }
}
