using System.Text.Json.Nodes;
using ActorSeg.Compute.Pickling;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Checkpoints;

/// <summary>What a checkpoint says of its training, without the tensors: read in milliseconds whatever the size of the network.</summary>
/// <param name="TrainerName">Trainer class name.</param>
/// <param name="Configuration">Such as <c>3d_fullres</c>.</param>
/// <param name="Fold">The fold trained.</param>
/// <param name="Plans">All of the plans; empty when the file carries none.</param>
/// <param name="DatasetJson">All of dataset.json; empty when the file carries none.</param>
/// <param name="Epoch">The epoch of the next iteration.</param>
/// <param name="Iteration">The next iteration within it.</param>
/// <param name="History">The finished epochs.</param>
/// <param name="InitialLearningRate">The schedule's first learning rate; null when the file carries no SGD state.</param>
/// <param name="Extra">What only ActorSeg's files have.</param>
public sealed record CheckpointHeader(
    string TrainerName,
    string Configuration,
    Fold Fold,
    JsonObject Plans,
    JsonObject DatasetJson,
    int Epoch,
    int Iteration,
    IReadOnlyList<EpochRecord> History,
    double? InitialLearningRate,
    CheckpointExtra? Extra)
{
    /// <summary>The position in the training: compares epochs first.</summary>
    public (int Epoch, int Iteration) Position => (Epoch, Iteration);

    /// <summary>Takes it out of an open file.</summary>
    /// <exception cref="DataException">It is not such a checkpoint.</exception>
    internal static CheckpointHeader Of(TorchArchiveReader archive)
    {
        var (root, path) = (CheckpointDecoding.Root(archive), archive.Path);
        var arguments = root.Required<PickleDict>("init_args", path);
        var extra = CheckpointDecoding.Extra(root[CheckpointEncoding.ExtraKey] as PickleDict, path);
        var groups = PickleFields.Items((root["optimizer_state"] as PickleDict)?["param_groups"]);
        return new CheckpointHeader(
            root.RequiredName("trainer_name", path),
            arguments.RequiredName("configuration", path),
            CheckpointDecoding.Fold(arguments["fold"], path),
            arguments["plans"] is PickleDict plans ? PickleJson.ToObject(plans, path) : [],
            arguments["dataset_json"] is PickleDict dataset ? PickleJson.ToObject(dataset, path) : [],
            extra?.Epoch ?? CheckpointDecoding.Epoch(root, path),
            extra?.Iteration ?? 0,
            root["logging"] is PickleDict logging ? CheckpointDecoding.History(logging, path) : [],
            groups is [PickleDict group, ..] ? PickleFields.Number(group["initial_lr"]) : null,
            extra);
    }
}
