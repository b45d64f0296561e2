using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Plugins;

namespace ActorSeg.Actors.Training;

/// <summary>There is something left of a training, or of its validation.</summary>
internal sealed record UnfinishedTraining : JobResult;

/// <summary>Whether a training of one fold is over and validated: its last checkpoint has all epochs, and the summary is the last file a validation writes.</summary>
internal static class FinishedTraining
{
    /// <summary>A training that is over, to be validated.</summary>
    /// <exception cref="DataException">It has no final checkpoint, as nnU-Net asks for also where another is validated; or it is of other plans.</exception>
    public static TrainResult Require(TrainingSetup setup)
    {
        var final = Path.Combine(setup.FoldFolder, CheckpointSet.Final);
        if (!File.Exists(final)) throw new DataException(final, "is not there: the training is not finished", "give the command without --val, which trains to the end and validates");
        var header = CheckpointFile.ReadHeader(final);
        ResumeRules.Check(final, header, setup);
        return Of(setup, header, new Dictionary<string, double>(), double.NaN);
    }

    /// <summary>What it gave, as if it had just ended; or that something is left.</summary>
    /// <exception cref="DataException">Plans, splits or summary cannot be read.</exception>
    public static JobResult Find(TrainJob job, PluginSet plugins)
    {
        var setup = TrainingSetup.Load(job, plugins);
        var validated = ValidationWork.FolderOf(setup);
        var (final, summary) = (Path.Combine(setup.FoldFolder, CheckpointSet.Final), Path.Combine(validated, "summary.json"));
        if (job.Fresh || !File.Exists(final) || !File.Exists(summary)) return new UnfinishedTraining();
        var header = CheckpointFile.ReadHeader(final);
        if (header.Epoch < setup.Options.Epochs || ResumeRules.Check(final, header, setup).Count > 0) return new UnfinishedTraining();
        if (job.Probabilities && !setup.Split.Validation.All(id => File.Exists(Path.Combine(validated, $"{id}.npz")))) return new UnfinishedTraining();
        var (dice, mean) = EvaluationSummary.ReadDice(summary, setup.Dataset.Labels);
        return Of(setup, header, dice, mean);
    }

    // Cases that the training had to do without stay told of.
    private static TrainResult Of(TrainingSetup setup, CheckpointHeader header, IReadOnlyDictionary<string, double> dice, double mean) => new(
        setup.FoldFolder, header.History.Count, header.History.LastOrDefault(), dice, mean,
        [.. (header.Extra?.Quarantined ?? []).Select(lost => new QuarantinedCase(new CaseId(lost.Case), "train", 0, lost.Cause, null))]);
}
