using ActorSeg.Actors.Evaluation;
using ActorSeg.Compute;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Planning;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <summary>
/// find-best-configuration as stages (spec 08 section 4): which models there are; each one's folds brought together and scored; each pair averaged and scored;
/// the best one's postprocessing; the two files. What comes next follows from the results so far.
/// </summary>
internal sealed class FindBestStages(FindBestJob job, string experiment)
{
    /// <summary>The models that take part. No image is read for it, and everything that can be missing is told before anything long begins.</summary>
    private sealed record Candidates(IReadOnlyList<ModelName> Models) : JobResult;

    /// <summary>The first stage.</summary>
    public Stage First => Task(Find);

    /// <summary>The stages after these results.</summary>
    public IReadOnlyList<Stage> After(IReadOnlyList<JobResult> done)
    {
        if (done[^1] is FindBestResult) return [];
        var models = done.OfType<Candidates>().Single().Models;
        var scored = done.OfType<ScoredCases>().ToLookup(s => s.What);
        if (models.FirstOrDefault(model => !scored.Contains(model.ToString())) is { } next) return [Stage(context => Collect(next, context))];
        if (Pairs(models).FirstOrDefault(pair => !scored.Contains(NameOf(pair))) is { } untried) return [Stage(context => Ensemble(untried, context))];

        var (ranked, best) = Rank(done);
        if (done[^1] is PostprocessingResult postprocessed) return [Task(_ => Write(done, ranked, best, models, postprocessed))];
        var references = ValidationFolders.CopiedReferences(job.Paths, job.Dataset);
        return JobStages.PostprocessingStages(new DeterminePostprocessingJob(job.Paths, best.Folder, references, null, null, job.Workers, KeepFiles: true), experiment, done);
    }

    private Stage Task(Func<StageContext, JobResult> work) => new($"task-{experiment}", context => Shared.SingleTask.Props(_ => work(context), context.Owner));

    private Stage Stage(Func<StageContext, Props> props) => new($"evaluation-{experiment}", props);

    private string ModelFolder(ModelName model) => job.Paths.ModelFolder(job.Dataset, model.Trainer, model.Plans, model.Configuration);

    private string NameOf(IReadOnlyList<ModelName> members) => ModelSelection.EnsembleName(members, job.Folds);

    private IEnumerable<IReadOnlyList<ModelName>> Pairs(IReadOnlyList<ModelName> models) =>
        job.Ensembling ? from i in Enumerable.Range(0, models.Count) from j in Enumerable.Range(i + 1, models.Count - i - 1) select (ModelName[])[models[i], models[j]] : [];

    private Candidates Find(StageContext context)
    {
        var models = new List<ModelName>();
        foreach (var model in job.Models)
        {
            if (PlansOf(model).Configurations.ContainsKey(model.Configuration)) models.Add(model);
            else context.Owner.Tell(new JobWarning($"configuration {model.Configuration} is not in {model.Plans} and is left out"));
        }

        if (models.Count == 0) throw new UsageException($"none of {string.Join(", ", job.Models.Select(m => m.Configuration).Distinct())} is a configuration of the plans");
        foreach (var folder in models.Select(ModelFolder))
            if (!Directory.Exists(folder))
                throw new DataException(folder, "is not there", "train this configuration on all folds, with --npz for ensembles, or leave it out of -c");
        foreach (var model in models)
        {
            var (dataset, _) = JobStages.Described(ModelFolder(model), null, null);
            _ = ValidationFolders.Collect(ModelFolder(model), job.Folds, dataset.FileEnding, ValidationFolders.ReferenceFolder(job.Paths, job.Dataset));
        }

        foreach (var pair in Pairs(models).Where(pair => !IsThere(EnsembleFolder(pair)))) _ = EnsembleFolders.MatchValidation([.. pair.Select(ModelFolder)], job.Folds);
        return new Candidates(models);
    }

    private Props Collect(ModelName model, StageContext context)
    {
        var target = ValidationFolders.MergedFolder(ModelFolder(model), job.Folds);
        return Earlier(model.ToString(), target, context)
            ?? JobStages.Merge(model.ToString(), ModelFolder(model), job.Folds, target, ValidationFolders.ReferenceFolder(job.Paths, job.Dataset), job.Workers, context);
    }

    // Labels are scored as they are made; no image of a pair is read twice.
    private Props Ensemble(IReadOnlyList<ModelName> pair, StageContext context)
    {
        var target = EnsembleFolder(pair);
        if (Earlier(NameOf(pair), target, context) is { } earlier) return earlier;
        var folders = pair.Select(ModelFolder).ToList();
        var (dataset, reader) = JobStages.Described(folders[0], null, null);
        var references = ValidationFolders.CopiedReferences(job.Paths, job.Dataset);
        var cases = EnsembleFolders.MatchValidation(folders, job.Folds).Select(input => new ScoredCase(
            input.Case, input.Files[0], () => EnsembleScore.PeakBytes(input),
            (folder, stop) => EnsembleScore.Do(input, Path.Combine(references, input.Case.Value + dataset.FileEnding), dataset, reader, folder, stop))).ToList();
        var made = WholeFolder.Begin(target);
        ValidationFolders.CopyDescriptions(folders[0], made.Making);
        return JobStages.Farm(new ScoreCases(NameOf(pair), "ensemble", cases, dataset.Labels, made), job.Workers, context);
    }

    private Props? Earlier(string what, string folder, StageContext context) => !IsThere(folder) ? null
        : Shared.SingleTask.Props(_ => new ScoredCases(what, folder, null, EvaluationSummary.ReadMeanDice(SummaryOf(folder)), []), context.Owner);

    // What an earlier run finished: its folder was put in place when it was whole.
    private bool IsThere(string folder) => !job.Overwrite && File.Exists(SummaryOf(folder));

    private static string SummaryOf(string folder) => Path.Combine(folder, "summary.json");

    private string EnsembleFolder(IReadOnlyList<ModelName> pair) => Path.Combine(job.Paths.ResultsFolder(job.Dataset), "ensembles", NameOf(pair));

    // A model or pair that lacks a case would be compared by other cases than the rest.
    private (IReadOnlyList<RankedModel> Ranked, RankedModel Best) Rank(IReadOnlyList<JobResult> done)
    {
        var models = done.OfType<Candidates>().Single().Models;
        var members = models.Select(m => (IReadOnlyList<ModelName>)[m]).Concat(Pairs(models)).ToDictionary(m => m.Count == 1 ? m[0].ToString() : NameOf(m));
        var whole = done.OfType<ScoredCases>().Where(s => members.ContainsKey(s.What)).ToList();
        if (whole.All(s => s.Quarantined.Count > 0)) throw CaseFailures.Of(whole[0].Folder, whole[0].Quarantined, "no model is whole; correct or remove the case");
        var ranked = whole.Where(s => s.Quarantined.Count == 0).Select(s => new RankedModel(members[s.What], s.Folder, s.MeanDice)).ToList();
        return (ranked, ModelSelection.BestOf(ranked, job.Dataset));
    }

    private FindBestResult Write(
        IReadOnlyList<JobResult> done, IReadOnlyList<RankedModel> ranked, RankedModel best, IReadOnlyList<ModelName> models, PostprocessingResult postprocessed)
    {
        var selection = new ModelSelection(job.Dataset, job.Folds, job.Ensembling, models, ranked, best, postprocessed.After);
        var folder = job.Paths.ResultsFolder(job.Dataset);
        var instructions = InferenceInstructions.Of(selection, model => PlansOf(model).Configurations[model.Configuration].PreviousStage);
        var information = Path.Combine(folder, "inference_information.json");
        DurableFile.WriteText(information, NnUnetJson.Write(selection.ToJson(), sortKeys: true));
        DurableFile.WriteText(Path.Combine(folder, "inference_instructions.txt"), instructions);
        return new FindBestResult(selection, postprocessed.Steps, instructions, information, [.. done.OfType<ScoredCases>().SelectMany(s => s.Quarantined)]);
    }

    private Plans PlansOf(ModelName model) => JobStages.PlansOf(job.Paths, job.Dataset, model.Plans);
}
