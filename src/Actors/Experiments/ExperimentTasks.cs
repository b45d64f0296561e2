using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Evaluation;

namespace ActorSeg.Actors.Experiments;

/// <summary>
/// What a whole experiment consists of, as far as the results so far tell: measuring and planning first; cases, folds and the comparison when the plans are there; the
/// predictions when the best model is known. Pure: the same results give the same tasks, and what was given once stays as it was.
/// </summary>
internal static class ExperimentTasks
{
    private const string Checkpoint = CheckpointSet.Final;

    /// <summary>The tasks in order; those that are over come first, as many as there are results.</summary>
    /// <exception cref="UsageException">None of the configurations is in the plans, or several are to be trained on the fold 'all', which compares none.</exception>
    public static IReadOnlyList<ExperimentTask> Of(WholeExperimentJob job, IReadOnlyList<JobResult> done)
    {
        List<ExperimentTask> tasks =
        [
            new("measure the data set", new FingerprintJob(job.Paths, job.Dataset, job.Workers, Clean: false, VerifyIntegrity: true) { VerifyOnce = true }),
            new("plan", new PlanJob(job.Paths, job.Dataset, job.Planner, job.Planning) { KeepExisting = true }),
        ];
        if (done.OfType<PlanResult>().FirstOrDefault() is not { } plans) return tasks;

        var (wanted, trained) = Configurations(job, plans);
        tasks.Add(new("preprocess", new PreprocessJob(job.Paths, job.Dataset, plans.PlansName, trained, job.Workers)));
        tasks.AddRange(from configuration in trained from fold in job.Folds select Train(job, plans, configuration, fold, wanted.Count > 1 && wanted.Contains(configuration)));
        if (Folds(job) is not { } folds)
        {
            if (job.TestImages is not null) tasks.AddRange(Predict(job, plans, [NameOf(job, plans, wanted[0])], null));
            return tasks;
        }

        IReadOnlyList<ModelName> models = [.. wanted.Select(c => NameOf(job, plans, c))];
        tasks.Add(new("find the best", new FindBestJob(job.Paths, job.Dataset, models, folds, job.Ensembling, Overwrite: true, job.Workers)));
        if (job.TestImages is not null && done.OfType<FindBestResult>().FirstOrDefault() is { } best)
            tasks.AddRange(Predict(job, plans, best.Selection.Best.Members, best.Selection.PostprocessingFile));
        return tasks;
    }

    // A first stage comes before its second, whether or not it was asked for: nothing but its predictions makes the second's input.
    private static (IReadOnlyList<string> Wanted, IReadOnlyList<string> Trained) Configurations(WholeExperimentJob job, PlanResult plans)
    {
        var wanted = job.Configurations.Where(plans.Configurations.Contains).ToList();
        if (wanted.Count == 0)
            throw new UsageException($"none of {string.Join(", ", job.Configurations)} is in {plans.PlansName}; it has {string.Join(", ", plans.Configurations)}");
        if (Folds(job) is null && wanted.Count > 1)
            throw new UsageException($"-f all validates on the cases it trains with, which is nothing to choose among {string.Join(", ", wanted)} by; give one configuration, or folds");
        var trained = wanted.SelectMany(c => plans.PreviousStages.TryGetValue(c, out var stage) ? (string[])[stage, c] : [c]).Distinct().ToList();
        // Those that others build on first; the order is the user's otherwise.
        return (wanted, [.. trained.OrderBy(c => plans.PreviousStages.ContainsKey(c))]);
    }

    private static ExperimentTask Train(WholeExperimentJob job, PlanResult plans, string configuration, Fold fold, bool probabilities) => new(
        $"train {configuration} fold {fold}",
        new TrainJob(job.Paths, job.Dataset, configuration, fold, job.Trainer, plans.PlansName, job.Options, Fresh: false, job.Device)
        {
            KeepFinished = true,
            Probabilities = probabilities && job.Ensembling,
        });

    // Predictions of one model lie in one folder, whether it is a first stage, a member of the best, or both.
    private static IEnumerable<ExperimentTask> Predict(WholeExperimentJob job, PlanResult plans, IReadOnlyList<ModelName> members, string? postprocessing)
    {
        var (images, output) = (job.TestImages!, job.Output ?? throw new UsageException("there is no folder for the predictions; give -o"));
        // Other folds are another model.
        string FolderOf(ModelName model) => Path.Combine(output, "models", $"{model}__{string.Join('_', job.Folds)}");
        ModelName? StageOf(ModelName model) => plans.PreviousStages.TryGetValue(model.Configuration, out var stage) ? model with { Configuration = stage } : null;

        foreach (var model in members.Select(StageOf).OfType<ModelName>().Concat(members).Distinct())
            yield return new($"predict with {model.Configuration}", new PredictJob(
                job.Paths, job.Paths.ModelFolder(job.Dataset, model.Trainer, model.Plans, model.Configuration), images, FolderOf(model), job.Folds, Checkpoint, StepSize: 0.5,
                Mirroring: true, SkipExisting: true, job.Device)
            {
                SkipNewerOnly = true,
                Probabilities = members.Count > 1 && members.Contains(model),
                PreviousStage = StageOf(model) is { } stage ? FolderOf(stage) : null,
            });

        var (predicted, described) = (FolderOf(members[0]), FolderOf(members[0]));
        if (members.Count > 1)
        {
            predicted = Path.Combine(output, "models", "ensemble");
            yield return new("average them", new EnsembleJob(job.Paths, [.. members.Select(FolderOf)], predicted, SaveProbabilities: false, job.Workers));
        }

        var (plansFile, dataset) = (Path.Combine(described, "plans.json"), Path.Combine(described, "dataset.json"));
        yield return new("postprocess", new ApplyPostprocessingJob(job.Paths, predicted, output, postprocessing, plansFile, dataset, job.Workers));
        if (job.TestLabels is { } labels) yield return new("evaluate", new EvaluateJob(job.Paths, labels, output, dataset, plansFile, Output: null, Chill: true) { Workers = job.Workers });
        yield return new("look over", new QualityJob(job.Paths, output, images, job.TestLabels, dataset, Path.Combine(output, "qc.html"), job.Workers));
    }

    private static ModelName NameOf(WholeExperimentJob job, PlanResult plans, string configuration) => new(job.Trainer, plans.PlansName, configuration);

    // The fold 'all' holds no case back.
    private static IReadOnlyList<int>? Folds(WholeExperimentJob job) => job.Folds.All(fold => fold.Number is not null) ? [.. job.Folds.Select(fold => fold.Number!.Value)] : null;
}
