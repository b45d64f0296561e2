using ActorSeg.Actors.Evaluation;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Postprocessing;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <content>What comes after prediction: scoring, ensembles, postprocessing.</content>
public sealed partial class JobStages
{
    private static Props Evaluate(EvaluateJob job, StageContext context)
    {
        var dataset = DatasetJson.Load(job.DatasetJson);
        if (!File.Exists(job.Plans)) throw new DataException(job.Plans, "is not there", "give the plans.json of the model that predicted");
        var pairs = FolderEvaluation.Pair(job.Reference, job.Prediction, dataset.FileEnding, job.Chill);
        var reader = ImageReaderWriters.Choose(dataset, pairs[0].Reference);
        var options = new EvaluationOptions(SameSpacing: true, job.SurfaceTolerance);
        return Farm(new EvaluateCases(pairs, reader, dataset.Labels, SummaryOf(job.Output, job.Prediction), options), job.Workers, context);
    }

    private static Props Evaluate(EvaluateSimpleJob job, StageContext context)
    {
        var (reader, ending) = ImageReaderWriters.OfFolder(job.Reference);
        var pairs = FolderEvaluation.Pair(job.Reference, job.Prediction, ending, job.Chill);
        var options = new EvaluationOptions(SameSpacing: true, job.SurfaceTolerance);
        return Farm(new EvaluateCases(pairs, reader, LabelSet.OfValues(job.Labels, job.Ignore), SummaryOf(job.Output, job.Prediction), options), job.Workers, context);
    }

    private static string SummaryOf(string? output, string predictions) => output ?? Path.Combine(predictions, "summary.json");

    private static Props Ensemble(EnsembleJob job, StageContext context)
    {
        foreach (var folder in job.Folders) RequireOther(job.Output, folder);
        var inputs = EnsembleFolders.Match(job.Folders);
        var (dataset, reader) = Described(job.Folders[0], null, null);
        Directory.CreateDirectory(job.Output);
        // Where postprocessing and evaluation look for them.
        ValidationFolders.CopyDescriptions(job.Folders[0], job.Output);
        return Farm(new EnsembleCases(inputs, job.Output, dataset, reader, job.SaveProbabilities), job.Workers, context);
    }

    private static Props ApplyPostprocessing(ApplyPostprocessingJob job, StageContext context)
    {
        RequireOther(job.Output, job.Input);
        var steps = job.File is null ? [] : PostprocessingFile.Read(job.File);
        var (dataset, reader) = Described(job.Input, job.Plans, job.DatasetJson);
        var files = FolderEvaluation.Predictions(job.Input, dataset.FileEnding);
        Directory.CreateDirectory(job.Output);
        return Farm(new PostprocessCases(files, job.Output, reader, steps), job.Workers, context);
    }

    // A round of the search scores what its trial would make of the predictions; when all is decided, the accepted steps make the folder.
    private static Props PostprocessingRound(DeterminePostprocessingJob job, PostprocessingSearch? search, StageContext context)
    {
        var (dataset, reader) = Described(job.Predictions, job.Plans, job.DatasetJson);
        search ??= PostprocessingSearch.Begin(dataset.Labels);
        var pairs = FolderEvaluation.Pair(job.References, job.Predictions, dataset.FileEnding, chill: true);
        var isLast = search.Trial is null;
        IReadOnlyList<PostprocessingStep> steps = [.. search.Accepted, .. search.Trial ?? []];
        var cases = pairs.Select(pair => (pair.Reference, pair.Prediction, Name: Path.GetFileName(pair.Prediction))).Select(pair => new ScoredCase(
            new CaseId(pair.Name), pair.Prediction, () => FolderPostprocessing.PeakBytes(reader.ReadHeader(pair.Prediction).Shape.Voxels),
            (folder, _) => FolderPostprocessing.Score(
                pair.Reference, pair.Prediction, reader, dataset.Labels, steps, isLast && job.KeepFiles ? Path.Combine(folder, pair.Name) : null)));
        var made = isLast && job.KeepFiles ? WholeFolder.Begin(Path.Combine(job.Predictions, "postprocessed")) : null;
        return Farm(new ScoreCases(isLast ? Postprocessed : Trial, "postprocessing", [.. cases], dataset.Labels, made), job.Workers, context);
    }

    private const string Trial = "trial", Postprocessed = "postprocessed";

    /// <summary>A search as far as the rounds so far take it; null before the first.</summary>
    private static PostprocessingSearch? SearchOf(IEnumerable<JobResult> done)
    {
        var trials = done.OfType<ScoredCases>().Where(scored => scored.What == Trial).ToList();
        // A decision needs every case: a folder that lacks one is scored too well or too badly.
        if (trials.FirstOrDefault(t => t.Quarantined.Count > 0) is { } failed)
            throw CaseFailures.Of(failed.Quarantined[0].Case.Value, failed.Quarantined, "no postprocessing is decided without it; correct or remove it");
        return trials.Count == 0 ? null : trials.Aggregate(PostprocessingSearch.Begin(trials[0].Summary!.Labels), (search, trial) => search.After(trial.Summary!));
    }

    /// <summary>The stages of a search after these results: a round, the folder, the files; none at the end.</summary>
    internal static IReadOnlyList<Stage> PostprocessingStages(DeterminePostprocessingJob job, string experiment, IReadOnlyList<JobResult> done) => done.LastOrDefault() switch
    {
        PostprocessingResult => [],
        ScoredCases { What: Postprocessed } last =>
            [new Stage($"task-{experiment}", context => SingleTask.Props(_ => WritePostprocessing(job.Predictions, SearchOf(done)!, last, context), context.Owner))],
        _ => [new Stage($"postprocessing-{experiment}", context => PostprocessingRound(job, SearchOf(done), context))],
    };

    private static PostprocessingResult WritePostprocessing(string folder, PostprocessingSearch search, ScoredCases postprocessed, StageContext context)
    {
        PostprocessingFile.Write(folder, search.Accepted, search.Baseline!, postprocessed.Summary!);
        var summary = Path.Combine(folder, "summary.json");
        if (!File.Exists(summary)) search.Baseline!.Save(summary);
        else if (EvaluationSummary.ReadMeanDice(summary) is var told && !told.Equals(search.Baseline!.MeanDice))
            context.Owner.Tell(new JobWarning(FormattableString.Invariant(
                $"{summary} tells a mean Dice of {told:0.0000}, but these predictions and references have {search.Baseline!.MeanDice:0.0000}; it was not used and is left as it is")));
        return new PostprocessingResult(
            Path.Combine(folder, "postprocessing.pkl"), search.Accepted, search.Baseline!.MeanDice, postprocessed.MeanDice, search.Decisions);
    }

    private static Props Accumulate(AccumulateJob job, StageContext context)
    {
        var model = job.Paths.ModelFolder(job.Dataset, job.Model.Trainer, job.Model.Plans, job.Model.Configuration);
        if (job.Output is { } output && Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
            throw new DataException(output, "is there and is not empty", "give an empty or a new folder with -o, so that nothing is lost");
        var target = job.Output ?? ValidationFolders.MergedFolder(model, job.Folds);
        return Merge(job.Model.ToString(), model, job.Folds, target, ValidationFolders.ReferenceFolder(job.Paths, job.Dataset), job.Workers, context);
    }

    /// <summary>Copies and scores the validation predictions of a model's folds.</summary>
    internal static Props Merge(string what, string model, IReadOnlyList<int> folds, string target, string references, int workers, StageContext context)
    {
        if (!Directory.Exists(model)) throw new DataException(model, "is not there", "train this configuration first, or give the right data set, -tr, -p and -c");
        var (dataset, reader) = Described(model, null, null);
        var cases = ValidationFolders.Collect(model, folds, dataset.FileEnding, references).Select(c => new ScoredCase(
            c.Case, c.Prediction, () => FolderEvaluation.PeakBytes(reader.ReadHeader(c.Prediction).Shape.Voxels, EvaluationOptions.Plain),
            (folder, stop) =>
            {
                var scored = FolderEvaluation.ScoreCase(c.Reference, c.Prediction, reader, dataset.Labels, EvaluationOptions.Plain, stop);
                DurableFile.WriteUnflushed(Path.Combine(folder, Path.GetFileName(c.Prediction)), stream => stream.Write(File.ReadAllBytes(c.Prediction)));
                return scored;
            })).ToList();
        var made = WholeFolder.Begin(target);
        ValidationFolders.CopyDescriptions(model, made.Making);
        return Farm(new ScoreCases(what, "evaluate", cases, dataset.Labels, made), workers, context);
    }

    /// <summary>What a folder of predictions says of itself, or other files in its place: the data set, and the reader its plans name.</summary>
    internal static (DatasetJson Dataset, IImageReaderWriter Reader) Described(string folder, string? plans, string? datasetJson)
    {
        var (dataset, planned) = (datasetJson ?? Path.Combine(folder, "dataset.json"), plans ?? Path.Combine(folder, "plans.json"));
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "give a folder of predictions");
        if (!File.Exists(dataset)) throw new DataException(dataset, "is not there", "give -dataset_json with that of the model that predicted");
        if (!File.Exists(planned)) throw new DataException(planned, "is not there", "give -plans_json with that of the model that predicted (nnU-Net's ensembles have none)");
        return (DatasetJson.Load(dataset), ImageReaderWriters.ByName(Plans.ReaderNameOf(planned)));
    }

    private static void RequireOther(string output, string input)
    {
        if (Path.TrimEndingDirectorySeparator(Path.GetFullPath(output)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)))
            throw new DataException(output, "is the input folder as well", "give another folder with -o");
    }
}
