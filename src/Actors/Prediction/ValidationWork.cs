using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Export;
using ActorSeg.Compute.Inference.Files;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Actors.Prediction;

/// <summary>How a fold is validated.</summary>
/// <param name="Probabilities">Also write probabilities and properties (<c>--npz</c>).</param>
/// <param name="Checkpoint">File name in the fold's folder.</param>
internal sealed record ValidationOptions(bool Probabilities = false, string Checkpoint = CheckpointSet.Final)
{
    /// <summary>Taken in the place of the file's; null reads the file.</summary>
    public IReadOnlyList<NamedTensor>? Weights { get; init; }
}

/// <summary>
/// Predicts a fold's validation cases from their preprocessed arrays, as nnU-Net's final validation does (spec 05 section 11), and the labels that the next stages of
/// a cascade take in.
/// </summary>
internal sealed class ValidationWork : ModelPrediction
{
    private readonly TrainingSetup _setup;
    private readonly bool _probabilities;
    private readonly CaseExport _export;
    private readonly CaseFiles _files;
    private readonly IReadOnlyList<NextStage> _next;
    private readonly PreviousStage? _previous;

    private ValidationWork(TrainingSetup setup, TrainedModel model, PredictorOptions options, ValidationOptions validation, Action<string> told)
        : base(model, options, told)
    {
        (_setup, _probabilities) = (setup, validation.Probabilities);
        _export = new CaseExport(model.Plans, model.Configuration, model.Dataset.Labels);
        _files = new CaseFiles(_export, model.Reader, model.Dataset.FileEnding, validation.Probabilities);
        _previous = model.IsCascaded ? new PreviousStage(setup.StageFolder(model.Configuration.PreviousStage!, model.Configuration.Name)) : null;
        _next = [.. model.Configuration.NextStages.Select(name => new NextStage(
            name, new CaseStore(setup.CasesOf(name)), new PreviousStage(setup.StageFolder(model.Configuration.Name, name))))];
    }

    public override string Stage => "validate";

    public override IReadOnlyList<CaseId> Cases => _setup.Split.Validation;

    /// <summary>Where a fold's predictions lie.</summary>
    public static string FolderOf(TrainingSetup setup) => Path.Combine(setup.FoldFolder, "validation");

    /// <summary>Reads the model, and empties the folder of predictions.</summary>
    /// <param name="setup">The training.</param>
    /// <param name="validation">What is written.</param>
    /// <param name="activationBytes">Of what goes through the network at once.</param>
    /// <param name="told">Told in a sentence when memory is short, or a next stage lacks a case.</param>
    public static ValidationWork Open(TrainingSetup setup, ValidationOptions validation, long activationBytes, Action<string> told)
    {
        var file = Path.Combine(setup.FoldFolder, validation.Checkpoint);
        var model = new TrainedModel(
            setup.Plans, setup.Configuration, setup.Dataset, [new FoldWeights(validation.Weights ?? CheckpointFile.ReadModel(file).State, file)], setup.MirrorAxes)
        {
            Network = setup.Trainer.Network,
        };
        // Predictions of an earlier split must not be scored with this one's.
        if (Directory.Exists(FolderOf(setup))) Directory.Delete(FolderOf(setup), recursive: true);
        Directory.CreateDirectory(FolderOf(setup));
        return new ValidationWork(setup, model, new PredictorOptions { Device = setup.Device, ActivationBytes = activationBytes }, validation, told);
    }

    public override long PeakBytes(CaseId id)
    {
        using var stored = _setup.Store.Open(id);
        var input = sizeof(float) * stored.Shape.Voxels * (stored.Channels + Model.InputChannels);
        return InferenceMemory.Case(Model, Options, input, stored.Properties.ShapeBeforeCropping, stored.Shape, _probabilities);
    }

    public override JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined) => new PredictResult(FolderOf(_setup), done, 0, quarantined);

    protected override PreprocessedCase Read(CaseId id, CancellationToken stop)
    {
        var loaded = _setup.Store.Load(id) with { Labels = null };
        return _previous is null ? loaded : loaded with { Data = _previous.AppendTo(loaded.Data, id, [.. Model.Dataset.Labels.Foreground]) };
    }

    protected override void Write(CaseId id, Logits logits, CaseProperties properties, CancellationToken stop)
    {
        foreach (var next in _next) Write(next, id, logits, properties, stop);
        _files.Write(Path.Combine(FolderOf(_setup), id.Value), logits, properties, stop);
    }

    // nnU-Net goes on as well: the next stage may have been preprocessed for some cases only.
    private void Write(NextStage next, CaseId id, Logits logits, CaseProperties properties, CancellationToken stop)
    {
        if (!next.Cases.IsComplete(id))
        {
            Told($"{Stage}: '{next.Name}' has no case {id} in {next.Cases.Folder}, so its labels for that stage are not written; preprocess that configuration and validate again");
            return;
        }

        using var stored = next.Cases.Open(id);
        next.Labels.Save(id, _export.NextStage(logits, properties, stored.Shape, stop));
    }

    private sealed record NextStage(string Name, CaseStore Cases, PreviousStage Labels);
}
