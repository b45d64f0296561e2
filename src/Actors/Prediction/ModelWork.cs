using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Actors.Prediction;

/// <summary>Predicts raw images with a trained model folder (spec 07), into a folder of label maps.</summary>
internal sealed class ModelWork : IPredictionWork
{
    private readonly PredictJob _job;
    private readonly Plans _plans;
    private readonly DatasetJson _dataset;
    private readonly Configuration _configuration;
    private readonly CaseRecipe _recipe;
    private readonly IImageReaderWriter _reader;
    private readonly IReadOnlyList<Checkpoint> _models;
    private readonly ModelFolder _folder;
    private readonly Dictionary<CaseId, RawCase> _cases;
    private readonly string _device;
    private readonly int _skipped;

    /// <summary>Reads model and inputs, and writes nnU-Net's side files into the output folder.</summary>
    public ModelWork(PredictJob job, PreprocessorCatalog preprocessors)
    {
        _job = job;
        _device = Devices.Resolve(job.Device);
        _folder = ModelFolder.Open(job.ModelFolder, job.Folds, job.Checkpoint);
        _plans = Plans.Load(_folder.PlansFile);
        _dataset = DatasetJson.Load(_folder.DatasetFile);
        _models = [.. _folder.Checkpoints.Select(CheckpointFile.ReadModel)];
        if (!_plans.Configurations.TryGetValue(_models[0].Configuration, out var configuration))
            throw new DataException(_folder.Checkpoints[0], $"was trained as '{_models[0].Configuration}', which {_folder.PlansFile} does not have", "keep a model's files together");
        _configuration = configuration;
        _recipe = new CaseRecipe(_plans, configuration, _dataset.Labels, preprocessors.Find(configuration.PreprocessorName));
        if (configuration.PreviousStage is not null) throw new UsageException($"'{configuration.Name}' needs the predictions of the stage before it, and cascades cannot be predicted yet");
        _reader = ImageReaderWriters.ByName(_plans.ImageReaderWriter);
        if (!Directory.Exists(job.Input)) throw new DataException(job.Input, "is not there", "give a folder of images with -i");
        var cases = CaseDiscovery.InFolder(job.Input, _dataset.FileEnding);
        if (cases.Count == 0) throw new DataException(job.Input, $"holds no image ending in _0000{_dataset.FileEnding}", "name one file a channel: case_0000, case_0001, ...");
        Directory.CreateDirectory(job.Output);
        _cases = cases.Where(c => !job.SkipExisting || !File.Exists(Target(c.Id))).ToDictionary(c => c.Id);
        _skipped = cases.Count - _cases.Count;
        Cases = [.. cases.Select(c => c.Id).Where(_cases.ContainsKey)];
        WriteSideFiles();
    }

    public string Stage => "predict";

    public IReadOnlyList<CaseId> Cases { get; }

    public int Folds => _models.Count;

    public long PeakBytes => Cases.Count == 0 ? 0 : Cases.Max(id =>
    {
        var (shape, spacing) = _reader.ReadHeader(_cases[id].Images[0]);
        return CasePreprocessor.PeakBytes(shape, spacing, _dataset.ChannelNames.Count, hasLabels: false, _recipe)
            + PredictionMemory.Bytes(CasePreprocessor.TargetShape(shape, spacing, _recipe), shape, _dataset.ChannelNames.Count, _dataset.Labels.Heads, Folds);
    });

    public PreprocessedCase Load(CaseId id, CancellationToken stop) =>
        CasePreprocessor.Run(_reader.ReadImages(_cases[id].Images), null, _recipe, stop, mayOverwrite: true);

    public IPredictionEngine CreateEngine() => new NetworkEngine(
        _configuration, _dataset, [.. _models.Select((m, i) => new FoldWeights(m.State, _folder.Checkpoints[i]))], _job.Mirroring ? _models[0].MirroringAxes : null, _job.StepSize, _device);

    public Volume<float> AddFold(Volume<float>? sum, Volume<float> logits) => FoldAverage.Add(sum, logits);

    public Volume<float> Average(Volume<float> sum) => FoldAverage.Divide(sum, Folds);

    public void Export(CaseId id, Volume<float> logits, CaseProperties properties, CancellationToken stop)
    {
        var labels = LogitsExport.Decide(logits, properties, _plans, _configuration, _dataset.Labels, out var shape, stop);
        _reader.WriteLabels(Target(id), labels, shape, properties.Geometry);
    }

    public JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined) => new PredictResult(_job.Output, done, _skipped, quarantined);

    private string Target(CaseId id) => Path.Combine(_job.Output, id.Value + _dataset.FileEnding);

    private void WriteSideFiles()
    {
        DurableFile.WriteText(Path.Combine(_job.Output, "dataset.json"), NnUnetJson.Write(_dataset.Source, sortKeys: false));
        DurableFile.WriteText(Path.Combine(_job.Output, "plans.json"), NnUnetJson.Write(_plans.Source, sortKeys: false));
        var arguments = new JsonObject
        {
            ["folder_with_segs_from_prev_stage"] = null,
            ["list_of_lists_or_source_folder"] = _job.Input,
            ["output_folder_or_list_of_truncated_output_files"] = _job.Output,
            ["overwrite"] = !_job.SkipExisting,
            ["save_probabilities"] = false,
        };
        DurableFile.WriteText(Path.Combine(_job.Output, "predict_from_raw_data_args.json"), NnUnetJson.Write(arguments, sortKeys: true));
    }
}
