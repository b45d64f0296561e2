using System.Text.Json.Nodes;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Pickling;

namespace ActorSeg.Compute.Training.Pretraining;

/// <summary>How a trainer begins with a pretrained encoder (spec 05 section 16, PretrainedTrainer).</summary>
/// <param name="ScratchRate">The highest learning rate where the plans name no checkpoint, so that it begins from scratch.</param>
/// <param name="Adapt">See <see cref="PretrainedEncoder.Import"/>.</param>
public sealed record PretrainingRecipe(double ScratchRate, bool Adapt = false);

/// <summary>The <c>pretrain_info</c> of plans that were made for a pretrained network.</summary>
/// <param name="Checkpoint">Its weights; null trains the same network from scratch.</param>
/// <param name="Parts">What it calls its parts.</param>
public sealed record PretrainInfo(string? Checkpoint, NetworkParts Parts)
{
    private const string Key = "pretrain_info";

    /// <summary>Takes it out of plans.</summary>
    /// <param name="plans">All of them.</param>
    /// <param name="file">Their file, for messages.</param>
    /// <exception cref="DataException">It is not there, or a key of it is wrong.</exception>
    public static PretrainInfo Parse(JsonObject plans, string file)
    {
        if (plans[Key] is not JsonObject info) throw new DataException(file, $"has no '{Key}'", "this trainer needs plans that were made for a pretrained network (nnUNetv2_preprocess_like_nnssl)");
        return new PretrainInfo(new JsonFields(info, file).TextOrNull("checkpoint_path"), NetworkParts.Parse(info, file));
    }

    /// <summary>Puts encoder and stem of the checkpoint into a network; without one, leaves it as it is.</summary>
    /// <param name="network">With its first weights.</param>
    /// <param name="patchSize">That it is trained with.</param>
    /// <param name="recipe">Of the trainer.</param>
    /// <returns>How many of its tensors are the checkpoint's.</returns>
    /// <exception cref="DataException">The checkpoint is not there, is damaged, or does not fit.</exception>
    public int Import(ISegmentationNetwork network, IReadOnlyList<int> patchSize, PretrainingRecipe recipe)
    {
        if (Checkpoint is not { } file) return 0;
        var own = network.Save();
        var weights = PretrainedEncoder.Import(own, NetworkParts.Of(network, patchSize), CheckpointFile.ReadWeights(file).Weights, Given(file), file, recipe.Adapt);
        network.Load(weights, file);
        return own.Zip(weights).Count(pair => !ReferenceEquals(pair.First.Values, pair.Second.Values));
    }

    // What the checkpoint itself says of its parts comes before the plans.
    private NetworkParts Given(string file)
    {
        using var archive = TorchArchive.Open(file);
        if (CheckpointDecoding.Root(archive)["nnssl_adaptation_plan"] is not PickleDict says) return Parts;
        return Parts with
        {
            Encoder = says["key_to_encoder"] as string ?? Parts.Encoder,
            Stem = says["key_to_stem"] as string ?? Parts.Stem,
            Positions = says["key_to_lpe"] as string ?? Parts.Positions,
            FirstConvolution = PickleFields.Items(says["keys_to_in_proj"])?.OfType<string>().ToArray() ?? Parts.FirstConvolution,
            PatchSize = PickleFields.Items(says["pretrain_patch_size"])?.Select(n => PickleFields.Int(n, "pretrain_patch_size", file)).ToArray() ?? Parts.PatchSize,
        };
    }
}
