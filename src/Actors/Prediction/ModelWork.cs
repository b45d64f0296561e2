using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Export;
using ActorSeg.Compute.Inference.Files;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>Predicts raw images with a trained model folder (spec 07), into a folder of label maps.</summary>
internal sealed class ModelWork : ModelPrediction
{
    private readonly PredictJob _job;
    private readonly PredictionInputs _inputs;
    private readonly Dictionary<CaseId, PredictionCase> _cases;
    private readonly CaseFiles _files;
    private readonly int _skipped;

    private ModelWork(PredictJob job, TrainedModel model, PredictorOptions options, PredictionInputs all, PredictionInputs missing, Action<string> told)
        : base(model, options, told)
    {
        (_job, _inputs, _skipped) = (job, missing, all.Cases.Count - missing.Cases.Count);
        _cases = missing.Cases.ToDictionary(c => c.Id);
        Cases = [.. missing.Cases.Select(c => c.Id)];
        _files = new CaseFiles(new CaseExport(model.Plans, model.Configuration, model.Dataset.Labels), model.Reader, missing.Ending, job.Probabilities);
    }

    public override string Stage => "predict";

    public override IReadOnlyList<CaseId> Cases { get; }

    public override int Loaders => _job.Loaders;

    public override int Exporters => _job.Exporters;

    /// <summary>Reads model and inputs, and writes nnU-Net's side files into the output folder.</summary>
    /// <param name="job">What is asked.</param>
    /// <param name="plugins">Hold what plans and checkpoint name.</param>
    /// <param name="settings">How much may be done at once where the job does not say.</param>
    /// <param name="told">Told in a sentence when memory is short and less is done at once.</param>
    public static ModelWork Open(PredictJob job, PluginSet plugins, NodeSettings settings, Action<string> told)
    {
        var device = Devices.Resolve(job.Device);
        var folder = ModelFolder.Open(job.ModelFolder, job.Folds, job.Checkpoint);
        var model = TrainedModel.Load(folder, plugins);
        RequireStage(model, job.PreviousStage);
        foreach (var difference in model.Differences) told(difference);
        var all = PredictionInputs.Find(job.Input, job.Output, model.Dataset.FileEnding, job.PreviousStage).Part(job.Part, job.Parts);
        var missing = !job.SkipExisting ? all : job.SkipNewerOnly ? all.Outdated(job.Probabilities, folder.Checkpoints) : all.Missing(job.Probabilities);
        job = settings.Prediction.Fill(job, device);
        var options = new PredictorOptions
        {
            StepSize = job.StepSize,
            Mirroring = job.Mirroring,
            Sums = job.Sums,
            Precision = job.Precision,
            Device = device,
            SumOnDevice = job.SumOnDevice,
            ActivationBytes = settings.ActivationBytes,
        };
        foreach (var made in missing.Cases.Select(c => Path.GetDirectoryName(c.Target)!).Append(missing.Folder).Distinct()) Directory.CreateDirectory(made);
        new SideFiles(job.Input, job.Output, !job.SkipExisting, job.Probabilities, job.PreviousStage, job.Part, job.Parts, job.Loaders, job.Exporters).Write(missing.Folder, model);
        return new ModelWork(job, model, options, all, missing, told);
    }

    public override long PeakBytes(CaseId id)
    {
        var preparing = CasePreparation.PeakBytes(Model, _cases[id].Images, out var original, out var prepared);
        return InferenceMemory.Case(Model, Options, preparing, original, prepared, _job.Probabilities);
    }

    public override JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined) => new PredictResult(_inputs.Folder, done, _skipped, quarantined);

    protected override PreprocessedCase Read(CaseId id, CancellationToken stop) => CasePreparation.Read(Model, _cases[id].Images, _cases[id].PreviousStage, stop);

    protected override void Write(CaseId id, Logits logits, CaseProperties properties, CancellationToken stop) => _files.Write(_cases[id].Target, logits, properties, stop);

    private static void RequireStage(TrainedModel model, string? previousStage)
    {
        var configuration = model.Configuration;
        if (model.IsCascaded && previousStage is null)
            throw new UsageException($"'{configuration.Name}' needs the predictions of '{configuration.PreviousStage}'; predict those first, and give their folder with -prev_stage_predictions");
        if (!model.IsCascaded && previousStage is not null)
            throw new UsageException($"'{configuration.Name}' has no stage before it: leave out -prev_stage_predictions");
        if (previousStage is not null && !Directory.Exists(previousStage))
            throw new DataException(previousStage, "is not there", $"predict '{configuration.PreviousStage}' first, and give its folder with -prev_stage_predictions");
    }
}
