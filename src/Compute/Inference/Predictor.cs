using System.Runtime.CompilerServices;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference.Export;
using ActorSeg.Compute.Inference.Files;
using ActorSeg.Compute.Inference.Window;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Inference;

/// <summary>
/// Predicts with a trained model from code: files, arrays or streams in, label maps (and probabilities) out. One thread at a time; torch uses its threads within. Holds
/// the weights of every fold and the working memory of one case. The command <c>predict</c> does the same with reading and writing beside the network.
/// </summary>
public sealed class Predictor : IDisposable
{
    private readonly FoldNetwork _network;
    private readonly CaseExport _export;

    /// <param name="model">What predicts.</param>
    /// <param name="options">How; null is as nnU-Net does.</param>
    /// <param name="told">Told in a sentence when memory is short and less is done at once.</param>
    /// <exception cref="DataException">The weights are not those of the model's network.</exception>
    /// <exception cref="UsageException">An option is not allowed.</exception>
    public Predictor(TrainedModel model, PredictorOptions? options = null, Action<string>? told = null)
    {
        Model = model;
        _network = new FoldNetwork(model, options ?? new PredictorOptions(), told ?? (_ => { }));
        _export = new CaseExport(model.Plans, model.Configuration, model.Dataset.Labels);
    }

    /// <summary>What predicts.</summary>
    public TrainedModel Model { get; }

    /// <summary>Opens a model folder of nnU-Net or ActorSeg (<c>trainer__plans__configuration</c>).</summary>
    /// <param name="folder">With <c>plans.json</c>, <c>dataset.json</c> and <c>fold_0</c>, <c>fold_1</c>, ...</param>
    /// <param name="folds">Averaged; null or empty takes those numbered ones that are there.</param>
    /// <param name="options">How; null is as nnU-Net does.</param>
    /// <param name="checkpoint">File name in each fold.</param>
    /// <exception cref="DataException">Something is missing, damaged, or does not belong together.</exception>
    public static Predictor Open(string folder, IReadOnlyList<Fold>? folds = null, PredictorOptions? options = null, string checkpoint = "checkpoint_final.pth") =>
        new(TrainedModel.Load(ModelFolder.Open(folder, folds ?? [], checkpoint)), options);

    /// <summary>Predicts a case from files.</summary>
    /// <param name="images">One file a channel, or one of all channels.</param>
    /// <param name="previousStage">The label map of the stage before, for the second stage of a cascade.</param>
    /// <param name="probabilities">Whether to give them as well; at most 2^31 of them.</param>
    /// <param name="stop">Looked at between batches, steps and planes.</param>
    /// <exception cref="DataException">A file cannot be read, is not what the model takes, or gives outputs that are no numbers.</exception>
    /// <exception cref="ResourceException">There is not enough memory.</exception>
    public Segmentation Predict(IReadOnlyList<string> images, string? previousStage = null, bool probabilities = false, CancellationToken stop = default) =>
        Predict(CasePreparation.Read(Model, images, previousStage, stop), probabilities, stop);

    /// <summary>Predicts a case from streams, each read to its end.</summary>
    /// <param name="images">As for files.</param>
    /// <param name="ending">Names their format, such as <c>.nii.gz</c>.</param>
    /// <param name="probabilities">Whether to give them as well.</param>
    /// <param name="stop">Looked at between batches, steps and planes.</param>
    /// <exception cref="DataException">As for files.</exception>
    /// <exception cref="ResourceException">There is not enough memory.</exception>
    public Segmentation Predict(IReadOnlyList<Stream> images, string ending, bool probabilities = false, CancellationToken stop = default)
    {
        using var files = new StreamFiles();
        return Predict(files.Add(images, ending), probabilities: probabilities, stop: stop);
    }

    /// <summary>Predicts a case from an array.</summary>
    /// <param name="image">(channels, axes) in the reader's axis order: z, y, x for medical formats.</param>
    /// <param name="spacing">Of the same axes, mm.</param>
    /// <param name="previousStage">The labels of the stage before on the same grid, one channel; null where the model needs none.</param>
    /// <param name="probabilities">Whether to give them as well.</param>
    /// <param name="stop">Looked at between batches, steps and planes.</param>
    /// <exception cref="DataException">It is not what the model takes.</exception>
    /// <exception cref="ResourceException">There is not enough memory.</exception>
    public Segmentation Predict(
        Volume<float> image, Spacing spacing, Volume<float>? previousStage = null, bool probabilities = false, CancellationToken stop = default) =>
        Predict(
            new CaseImage(image, spacing, new SpacingOnlyGeometry(spacing)), previousStage is null ? null : new CaseImage(previousStage, spacing, new SpacingOnlyGeometry(spacing)),
            probabilities, stop);

    /// <summary>Predicts a case that a reader read.</summary>
    /// <param name="image">Stays as it is.</param>
    /// <param name="previousStage">The label map of the stage before; null where the model needs none.</param>
    /// <param name="probabilities">Whether to give them as well.</param>
    /// <param name="stop">Looked at between batches, steps and planes.</param>
    /// <exception cref="DataException">It is not what the model takes.</exception>
    /// <exception cref="ResourceException">There is not enough memory.</exception>
    public Segmentation Predict(CaseImage image, CaseImage? previousStage = null, bool probabilities = false, CancellationToken stop = default) =>
        Predict(CasePreparation.Prepare(Model, image, previousStage, "the image", stop), probabilities, stop);

    /// <summary>Predicts cases as they come, each while the next one is read.</summary>
    /// <param name="cases">Files of each case, as for one.</param>
    /// <param name="probabilities">Whether to give them as well.</param>
    /// <param name="stop">Looked at between batches, steps and planes.</param>
    /// <exception cref="DataException">As for one case; the cases after it are not predicted.</exception>
    public async IAsyncEnumerable<Segmentation> PredictAll(
        IEnumerable<IReadOnlyList<string>> cases, bool probabilities = false, [EnumeratorCancellation] CancellationToken stop = default)
    {
        Task<PreprocessedCase>? ahead = null;
        foreach (var images in cases)
        {
            var loaded = ahead;
            ahead = Task.Run(() => CasePreparation.Read(Model, images, null, stop), stop);
            if (loaded is not null) yield return Predict(await loaded.ConfigureAwait(false), probabilities, stop);
        }

        if (ahead is not null) yield return Predict(await ahead.ConfigureAwait(false), probabilities, stop);
    }

    /// <summary>Predicts a folder into another, as the command does: nnU-Net's names, side files and label maps.</summary>
    /// <param name="input">Images, <c>case_0000.nii.gz</c>.</param>
    /// <param name="output">Made when missing.</param>
    /// <param name="probabilities">Whether to write them and the properties as well.</param>
    /// <param name="previousStage">Folder of the stage before, for a cascade.</param>
    /// <param name="progress">Told of each case when it is written, or of why it cannot be; the others go on.</param>
    /// <param name="stop">Looked at between batches, steps and planes.</param>
    /// <exception cref="DataException">There is nothing to predict.</exception>
    /// <exception cref="StorageException">The disk is full or fails.</exception>
    public void PredictFolder(
        string input, string output, bool probabilities = false, string? previousStage = null, IProgress<(CaseId Case, Exception? Failure)>? progress = null, CancellationToken stop = default)
    {
        var inputs = PredictionInputs.Find(input, output, Model.Dataset.FileEnding, previousStage);
        Directory.CreateDirectory(inputs.Folder);
        new SideFiles(input, output, Overwrite: true, probabilities, previousStage, Part: 0, Parts: 1, Loaders: 1, Exporters: 1).Write(inputs.Folder, Model);
        var files = new CaseFiles(_export, Model.Reader, inputs.Ending, probabilities);
        foreach (var one in inputs.Cases)
        {
            try
            {
                var loaded = CasePreparation.Read(Model, one.Images, one.PreviousStage, stop);
                using var logits = Logits(loaded.Data, stop);
                files.Write(one.Target, logits, loaded.Properties, stop);
                progress?.Report((one.Id, null));
            }
            catch (Exception e) when (e is DataException or (ResourceException and not StorageException))
            {
                progress?.Report((one.Id, e));
            }
        }
    }

    /// <summary>Logits of a preprocessed case, averaged over the folds; the caller's to dispose.</summary>
    /// <param name="image">Network input, (channels, axes).</param>
    /// <param name="stop">Looked at between batches.</param>
    /// <exception cref="DataException">It has other channels, or the outputs are no numbers.</exception>
    /// <exception cref="ResourceException">There is not enough memory.</exception>
    public Logits Logits(Volume<float> image, CancellationToken stop = default)
    {
        Logits? sum = null;
        try
        {
            for (var fold = 0; fold < Model.Folds.Count; fold++) sum = FoldAverage.Add(sum, _network.Predict(image, fold, null, stop));
            return FoldAverage.Divide(sum!, Model.Folds.Count);
        }
        catch
        {
            sum?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private Segmentation Predict(PreprocessedCase loaded, bool probabilities, CancellationToken stop)
    {
        using var logits = Logits(loaded.Data, stop);
        var (writer, properties) = (Model.Reader, loaded.Properties);
        if (!probabilities)
        {
            var (decided, extent) = _export.Labels(logits, properties, stop);
            return new Segmentation(decided, extent, null, properties.Geometry, writer);
        }

        var volume = new Volume<float>(logits.Heads, _export.OriginalShape(properties));
        var at = 0;
        var (labels, shape) = _export.Probabilities(
            logits, properties,
            values =>
            {
                values.CopyTo(volume.Data.AsSpan(at));
                at += values.Length;
            },
            stop);
        return new Segmentation(labels, shape, volume, properties.Geometry, writer);
    }
}
