using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.TensorMemory;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>The real engines of a training: each port is one class of Compute.</summary>
internal sealed class ComputeEngines(TrainingSetup setup) : ITrainingEngines
{
    private readonly BatchSource _batches = new(setup);

    public IBatchSource Batches => _batches;

    public ICheckpointStore Checkpoints { get; } = new FileCheckpointStore(setup);

    public ITrainingEngine CreateTrainer() => new Engine(new TrainingSession(setup.Configuration, setup.Dataset.Labels, setup.InputChannels, setup.Options, setup.Device));

    public IValidationEngine CreateValidator() => new Scorer(new OnlineValidation(setup.Configuration, setup.Dataset.Labels, setup.InputChannels, setup.Device, setup.Options.Precision));

    public void Dispose()
    {
        _batches.Dispose();
        // What comes after the training has other sizes.
        TorchMemory.Trim();
    }

    private sealed class Engine(TrainingSession session) : ITrainingEngine
    {
        public double Step(Batch batch, int epoch) => session.Step(batch, epoch);

        public TrainingSnapshot Snapshot(int epoch, int iteration, IReadOnlyList<double> epochLosses) => session.Snapshot(epoch, iteration, epochLosses);

        public void Restore(TrainingSnapshot snapshot, string source) => session.Restore(snapshot, source);

        public void Dispose() => session.Dispose();
    }

    private sealed class Scorer(OnlineValidation validation) : IValidationEngine
    {
        public void Load(IReadOnlyList<NamedTensor> weights, string source) => validation.Load(weights, source);

        public void Add(Batch batch) => validation.Add(batch);

        public (double Loss, IReadOnlyList<double> DicePerClass) Finish() => validation.Finish();

        public void Dispose() => validation.Dispose();
    }

    private sealed class BatchSource(TrainingSetup setup) : IBatchSource, IDisposable
    {
        private readonly BatchBuilder _training = Builder(setup, setup.Split.Train, augment: true);
        private readonly BatchBuilder _validation = Builder(setup, setup.Split.Validation, augment: false);

        public Batch Build(BatchKey key, CancellationToken stop) => (key.Validation ? _validation : _training).Build(key, stop);

        public void Dispose()
        {
            _training.Dispose();
            _validation.Dispose();
        }

        private static BatchBuilder Builder(TrainingSetup s, IReadOnlyList<Compute.CaseId> cases, bool augment) =>
            new(s.Store, cases, s.Configuration, s.Dataset.Labels, s.Options.BatchSize, s.Options.OversampleForeground, augment);
    }
}
