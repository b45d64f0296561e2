using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Inference;

/// <summary>All that predicting needs of a training: nnU-Net's or ours. Immutable.</summary>
/// <param name="Plans">Transposition, reader, intensities.</param>
/// <param name="Configuration">That was trained.</param>
/// <param name="Dataset">Channels and labels.</param>
/// <param name="Folds">Averaged, in this order.</param>
/// <param name="MirrorAxes">Spatial axes that mirroring may flip; null allows none.</param>
public sealed record TrainedModel(Plans Plans, Configuration Configuration, DatasetJson Dataset, IReadOnlyList<FoldWeights> Folds, IReadOnlyList<int>? MirrorAxes)
{
    /// <summary>Its network.</summary>
    public NetworkRecipe Network { get; init; } = NetworkRecipe.Default;

    /// <summary>How cases are preprocessed.</summary>
    public DefaultPreprocessor Steps { get; init; } = new();

    /// <summary>In what plans.json differs from the plans that a checkpoint was trained with, a sentence a checkpoint. Its own word counts, as in the reference.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];

    /// <summary>Image channels.</summary>
    public int ImageChannels => Dataset.ChannelNames.Count;

    /// <summary>Whether the network also takes the labels of the stage before.</summary>
    public bool IsCascaded => Configuration.PreviousStage is not null;

    /// <summary>Image channels, and in a cascade one for each foreground label.</summary>
    public int InputChannels => ImageChannels + (IsCascaded ? Dataset.Labels.Foreground.Count() : 0);

    /// <summary>Network outputs.</summary>
    public int Heads => Dataset.Labels.Heads;

    /// <summary>How a case becomes the network's input.</summary>
    public CaseRecipe Recipe => new(Plans, Configuration, Dataset.Labels, Steps);

    /// <summary>The reader and writer of the plans.</summary>
    public IImageReaderWriter Reader => ImageReaderWriters.ByName(Plans.ImageReaderWriter);

    /// <summary>
    /// Reads a model folder. Trainer, configuration and mirroring are the first fold's, as in the reference; that the others are of the same network is checked here.
    /// </summary>
    /// <param name="folder">Its files.</param>
    /// <param name="plugins">Hold the preprocessor that the plans name and the trainer that the checkpoint names; null knows nnU-Net's own alone.</param>
    /// <exception cref="DataException">A file is damaged, or they do not belong together.</exception>
    public static TrainedModel Load(ModelFolder folder, PluginSet? plugins = null)
    {
        var (plans, dataset) = (Plans.Load(folder.PlansFile), DatasetJson.Load(folder.DatasetFile));
        var checkpoints = folder.Checkpoints.Select(CheckpointFile.ReadModel).ToArray();
        var first = checkpoints[0];
        if (!plans.Configurations.TryGetValue(first.Configuration, out var configuration))
            throw new DataException(
                folder.Checkpoints[0], $"was trained as '{first.Configuration}', which {folder.PlansFile} does not have ({string.Join(", ", plans.Configurations.Keys)})",
                "keep a model's files together");
        var folds = checkpoints.Select((checkpoint, i) => new FoldWeights(checkpoint.State, folder.Checkpoints[i])).ToArray();
        foreach (var fold in folds.Skip(1)) RequireSame(folds[0], fold);
        return new TrainedModel(plans, configuration, dataset, folds, first.MirroringAxes)
        {
            Network = (plugins ?? PluginSet.None).NetworkOf(first.TrainerName),
            Differences = [.. checkpoints.Select((checkpoint, i) => Difference(checkpoint, folder.Checkpoints[i], folder.PlansFile, plans)).OfType<string>()],
            Steps = (plugins ?? PluginSet.None).Preprocessors.Find(configuration.PreprocessorName),
        };
    }

    /// <summary>Its network, with weights of no fold yet.</summary>
    /// <exception cref="DataException">It cannot be built.</exception>
    public ISegmentationNetwork BuildNetwork() => Network.Build(Configuration, InputChannels, Heads, seed: 0);

    private static string? Difference(Checkpoint checkpoint, string file, string plansFile, Plans plans)
    {
        var changes = PlansComparison.Changes(checkpoint.Plans, plans.Source, checkpoint.Configuration, file);
        return changes.Count == 0 ? null : $"{file} was trained with other plans than {plansFile}, which are used: {string.Join("; ", changes.Take(3))}";
    }

    private static void RequireSame(FoldWeights first, FoldWeights other)
    {
        var shapes = first.State.ToDictionary(tensor => tensor.Name, tensor => tensor.Shape, StringComparer.Ordinal);
        if (other.State.Count == shapes.Count && other.State.All(tensor => shapes.TryGetValue(tensor.Name, out var shape) && shape.SequenceEqual(tensor.Shape))) return;
        throw new DataException(other.Source, $"holds another network than {first.Source}", "keep a model's files together: folds are of the same plans and configuration");
    }
}
