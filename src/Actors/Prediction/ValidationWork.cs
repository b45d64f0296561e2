using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Actors.Prediction;

/// <summary>Predicts a fold's validation cases from their preprocessed arrays, as nnU-Net's final validation does (spec 05 section 11).</summary>
internal sealed class ValidationWork : IPredictionWork
{
    private readonly TrainingSetup _setup;
    private readonly IImageReaderWriter _reader;
    private readonly Checkpoint _model;

    public ValidationWork(TrainingSetup setup)
    {
        _setup = setup;
        _reader = ImageReaderWriters.ByName(setup.Plans.ImageReaderWriter);
        _model = CheckpointFile.ReadModel(Path.Combine(setup.FoldFolder, CheckpointSet.Final));
        // Predictions of an earlier split must not be scored with this one's.
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
        Directory.CreateDirectory(Folder);
    }

    public string Stage => "validate";

    public IReadOnlyList<CaseId> Cases => _setup.Split.Validation;

    public int Folds => 1;

    public long PeakBytes => Cases.Max(id =>
    {
        using var stored = _setup.Store.Open(id);
        return PredictionMemory.Bytes(stored.Shape, stored.Properties.ShapeBeforeCropping, stored.Channels, _setup.Dataset.Labels.Heads, Folds);
    });

    private string Folder => FolderOf(_setup);

    public static string FolderOf(TrainingSetup setup) => Path.Combine(setup.FoldFolder, "validation");

    public PreprocessedCase Load(CaseId id, CancellationToken stop) => _setup.Store.Load(id);

    public IPredictionEngine CreateEngine() => new NetworkEngine(
        _setup.Configuration, _setup.Dataset, [new FoldWeights(_model.State, CheckpointSet.Final)], _setup.MirrorAxes, stepSize: 0.5, _setup.Device);

    public Volume<float> AddFold(Volume<float>? sum, Volume<float> logits) => FoldAverage.Add(sum, logits);

    public Volume<float> Average(Volume<float> sum) => FoldAverage.Divide(sum, Folds);

    public void Export(CaseId id, Volume<float> logits, CaseProperties properties, CancellationToken stop)
    {
        var labels = LogitsExport.Decide(logits, properties, _setup.Plans, _setup.Configuration, _setup.Dataset.Labels, out var shape, stop);
        _reader.WriteLabels(Path.Combine(Folder, id.Value + _setup.Dataset.FileEnding), labels, shape, properties.Geometry);
    }

    public JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined) => new PredictResult(Folder, done, 0, quarantined);
}
