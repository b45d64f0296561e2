using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Postprocessing;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Postprocessing;

public class PostprocessingSearchTests
{
    private static readonly LabelSet Two = SmallNetworks.Labels(2);

    private static readonly LabelSet Regions = SmallNetworks.Labels(3) with
    {
        HasRegions = true,
        ForegroundClasses = [new LabelClass([1, 2, 3], true), new LabelClass([2, 3], true), new LabelClass([3], false)],
        RegionsClassOrder = [1, 2, 3],
    };

    [Fact]
    public void decisions_on_the_golden_folder_are_the_references()
    {
        var (steps, summary) = Search(TestPaths.Golden("k_eval", "pp_ref"), TestPaths.Golden("k_eval", "pp_pred"));
        Assert.Equal(PostprocessingFile.Read(TestPaths.Golden("k_eval", "pp_pred", "postprocessing.pkl")), steps);
        using var folder = new TemporaryFolder();
        PostprocessingFile.Write(folder.Path, steps, summary.Before, summary.After);
        Assert.Equal(File.ReadAllText(TestPaths.Golden("k_eval", "pp_pred", "postprocessing.json")), File.ReadAllText(folder.File("postprocessing.json")));
    }

    [SharedFact("golden/l_run")]
    public void decisions_on_a_real_ensemble_are_the_references()
    {
        var ensemble = TestPaths.SharedPath("golden", "l_run", "find_best", "ensembles", "ensemble_2d_3d_fullres_0");
        var (steps, summary) = Search(TestPaths.SharedPath("data", "nnUNet_raw", "Dataset004_Hippocampus", "labelsTr"), ensemble);
        Assert.Equal(PostprocessingFile.Read(Path.Combine(ensemble, "postprocessing.pkl")), steps);
        using var folder = new TemporaryFolder();
        PostprocessingFile.Write(folder.Path, steps, summary.Before, summary.After);
        Assert.Equal(File.ReadAllText(Path.Combine(ensemble, "postprocessing.json")), File.ReadAllText(folder.File("postprocessing.json")));
    }

    [Fact]
    public void foreground_is_kept_as_one_only_if_no_class_loses()
    {
        Assert.Equal([new PostprocessingStep([1, 2], StepForm.List)], Decide(Two, [0.5, 0.5], [0.6, 0.5], [0.6, 0.5]));
        Assert.Empty(Decide(Two, [0.5, 0.5], [0.9, 0.49], [0.5, 0.5]));
        Assert.Empty(Decide(Two, [0.5, 0.5], [0.5, 0.5], [0.5, 0.5]));
    }

    [Fact]
    public void a_class_is_judged_by_itself_and_against_what_was_accepted_before()
    {
        Assert.Equal([new PostprocessingStep([2], StepForm.Label)], Decide(Two, [0.5, 0.5], [0.4, 0.4], [0.5, 0.6]));
        Assert.Equal([new PostprocessingStep([1, 2], StepForm.List), new PostprocessingStep([1], StepForm.Label)], Decide(Two, [0.5, 0.5], [0.6, 0.6], [0.7, 0.6]));
        Assert.Equal([new PostprocessingStep([1, 2], StepForm.List)], Decide(Two, [0.5, 0.5], [0.6, 0.6], [0.6, 0.6]));
    }

    [Fact]
    public void a_class_that_is_nowhere_rejects_the_foreground_and_neither_helps_nor_vetoes_another()
    {
        Assert.Empty(Decide(Two, [0.5, double.NaN], [0.9, double.NaN], [0.5, double.NaN]));
        Assert.Equal([new PostprocessingStep([1], StepForm.Label)], Decide(Two, [0.5, double.NaN], [0.9, double.NaN], [0.9, double.NaN]));
    }

    [Fact]
    public void one_class_is_tried_once()
    {
        var search = PostprocessingSearch.Begin(SmallNetworks.Labels(1)).After(Scores(SmallNetworks.Labels(1), 0.5)).After(Scores(SmallNetworks.Labels(1), 0.6));
        Assert.Null(search.Trial);
        Assert.Throws<InvalidOperationException>(() => search.After(Scores(SmallNetworks.Labels(1), 0.6)));
    }

    [Fact]
    public void regions_are_tried_one_by_one_on_what_is_left()
    {
        var search = PostprocessingSearch.Begin(Regions).After(Scores(Regions, 0.5, 0.5, 0.5)).After(Scores(Regions, 0.4, 0.5, 0.5));
        Assert.Equal([new PostprocessingStep([1, 2, 3], StepForm.Region)], search.Trial);
        search = search.After(Scores(Regions, 0.6, 0.3, 0.5));
        Assert.Equal([new PostprocessingStep([2, 3], StepForm.Region)], search.Trial);
        search = search.After(Scores(Regions, 0.6, 0.4, 0.5));
        Assert.Equal([new PostprocessingStep([3], StepForm.Label)], search.Trial);
        search = search.After(Scores(Regions, 0.6, 0.4, 0.5));
        Assert.Null(search.Trial);
        Assert.Equal([new PostprocessingStep([1, 2, 3], StepForm.Region), new PostprocessingStep([2, 3], StepForm.Region)], search.Accepted);
        Assert.Equal(4, search.Decisions.Count);
    }

    private static IReadOnlyList<PostprocessingStep> Decide(LabelSet labels, params double[][] rounds)
    {
        var search = rounds.Aggregate(PostprocessingSearch.Begin(labels), (s, dice) => s.After(Scores(labels, dice)));
        Assert.Null(search.Trial);
        return search.Accepted;
    }

    // Counts of a thousandth each, so that a Dice comes out as it is wanted.
    private static EvaluationSummary Scores(LabelSet labels, params double[] dice) => new(
        [new CaseMetrics("p", "r", [.. dice.Select(d => double.IsNaN(d) ? new ClassMetrics(0, 0, 0, 1) : new ClassMetrics((long)Math.Round(d * 1000), 2 * (1000 - (long)Math.Round(d * 1000)), 0, 0))])], labels);

    private static (IReadOnlyList<PostprocessingStep> Steps, (EvaluationSummary Before, EvaluationSummary After) Scores) Search(string references, string predictions)
    {
        var labels = DatasetJson.Load(Path.Combine(predictions, "dataset.json")).Labels;
        var pairs = FolderEvaluation.Pair(references, predictions, ".nii.gz", chill: true);
        var search = PostprocessingSearch.Begin(labels);
        while (search.Trial is { } trial) search = search.After(Score([.. search.Accepted, .. trial]));
        return (search.Accepted, (search.Baseline!, Score(search.Accepted)));

        EvaluationSummary Score(IReadOnlyList<PostprocessingStep> steps) => new(
            [.. pairs.Select(pair => FolderPostprocessing.Score(pair.Reference, pair.Prediction, new SimpleItkReaderWriter(), labels, steps, null))], labels);
    }
}
