using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training;

namespace ActorSeg.Actors.Training;

/// <summary>
/// What may change between the command that began a run and the one that goes on with it. Plans, data set, batch size, iterations and seed may not: the result
/// would be neither the one nor the other. Epochs, learning rate and validation iterations may, and it is said.
/// </summary>
internal static class ResumeRules
{
    private const int MostShown = 3;

    /// <summary>Compares what is asked with what a checkpoint was begun with.</summary>
    /// <returns>What is other, and may be.</returns>
    /// <exception cref="DataException">Plans or data set are not those the run was begun with, or the checkpoint is of another run.</exception>
    /// <exception cref="UsageException">An option is not the one the run was begun with.</exception>
    public static IReadOnlyList<ValueChange> Check(string path, CheckpointHeader header, TrainingSetup setup)
    {
        RequireSame(path, "trainer", header.TrainerName, setup.Job.Trainer);
        RequireSame(path, "configuration", header.Configuration, setup.Job.Configuration);
        RequireSame(path, "fold", header.Fold.ToString(), setup.Job.Fold.ToString());
        var plans = PlansComparison.Changes(header.Plans, setup.Plans.Source, setup.Job.Configuration, path);
        if (plans.Count > 0) throw Other(path, "plans", plans, setup.Plans.PlansName);
        var dataset = PlansComparison.DatasetChanges(header.DatasetJson, setup.Dataset.Source);
        if (dataset.Count > 0) throw Other(path, "dataset.json", dataset, "dataset.json");

        var (o, changes) = (setup.Options, new List<ValueChange>());
        if (header.Extra is { } extra)
        {
            RequireSame(path, "--iterations", extra.IterationsPerEpoch, o.IterationsPerEpoch);
            RequireSame(path, "--batch-size", extra.BatchSize, o.BatchSize);
            RequireSame(path, "--seed", extra.Seed, o.Seed);
            Note(changes, "epochs", extra.Epochs, o.Epochs);
            Note(changes, "validation iterations", extra.ValidationIterations, o.ValidationIterations);
        }

        if (header.InitialLearningRate is { } rate) Note(changes, "learning rate", rate, o.InitialLearningRate);
        return changes;
    }

    /// <summary>What of a run's schedule is other.</summary>
    public static IReadOnlyList<ValueChange> ScheduleChanges(TrainingOptions before, TrainingOptions now)
    {
        var changes = new List<ValueChange>();
        Note(changes, "epochs", before.Epochs, now.Epochs);
        Note(changes, "learning rate", before.InitialLearningRate, now.InitialLearningRate);
        return changes;
    }

    /// <summary>Another device, precision or number of threads: the training goes on, and its numbers are the same to within rounding only.</summary>
    public static IReadOnlyList<ValueChange> ComputingChange(string? before, string now) =>
        before is null || before == now ? [] : [new ValueChange("what it is computed on, and so the last bits,", before, now)];

    private static DataException Other(string path, string what, IReadOnlyList<ValueChange> changes, string name)
    {
        var more = changes.Count > MostShown ? $"; and {(changes.Count - MostShown).ToString(CultureInfo.InvariantCulture)} more" : "";
        return new DataException(path, $"was begun with other {what}: {string.Join("; ", changes.Take(MostShown))}{more}", $"restore {name}, or start anew with --fresh");
    }

    private static void RequireSame(string path, string name, string before, string now)
    {
        if (before != now) throw new DataException(path, $"is of {name} {before}, not {now}", "put it back where it came from, or start anew with --fresh");
    }

    private static void RequireSame<T>(string path, string flag, T before, T now) where T : struct, IEquatable<T>
    {
        if (!before.Equals(now)) throw new UsageException($"{path} was begun with {flag} {before}, not {now}; give the same, or start anew with --fresh");
    }

    private static void Note<T>(List<ValueChange> changes, string name, T before, T now) where T : IFormattable, IEquatable<T>
    {
        if (!before.Equals(now)) changes.Add(new ValueChange(name, before.ToString(null, CultureInfo.InvariantCulture), now.ToString(null, CultureInfo.InvariantCulture)));
    }
}
