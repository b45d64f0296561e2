using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Evaluation;

public class FolderEvaluationTests
{
    [Theory, InlineData("labels", false, false), InlineData("labels_ignore3", true, false), InlineData("regions", false, true), InlineData("regions_ignore3", true, true)]
    public void summaries_equal_the_references_to_the_character_apart_from_paths(string name, bool ignore, bool regions)
    {
        var expected = File.ReadAllText(TestPaths.Golden("k_eval", $"summary_{name}.json"));
        var labels = SmallNetworks.Labels(2, ignore ? 3 : null);
        if (regions) labels = labels with { HasRegions = true, ForegroundClasses = [new LabelClass([1, 2], true), new LabelClass([2], true)] };
        var pairs = FolderEvaluation.Pair(TestPaths.Golden("k_eval", "ref"), TestPaths.Golden("k_eval", "pred"), ".nii.gz", chill: false);
        var cases = pairs.Select(p => FolderEvaluation.ScoreCase(p.Reference, p.Prediction, new SimpleItkReaderWriter(), labels, EvaluationOptions.Plain))
            .Zip(JsonNode.Parse(expected.Replace("NaN", "null"))!["metric_per_case"]!.AsArray(), (scored, golden) => scored with
            {
                PredictionFile = golden!["prediction_file"]!.GetValue<string>(),
                ReferenceFile = golden["reference_file"]!.GetValue<string>(),
            }).ToList();
        using var folder = new TemporaryFolder();
        new EvaluationSummary(cases, labels).Save(folder.File("summary.json"));
        Assert.Equal(expected, File.ReadAllText(folder.File("summary.json")));
    }

    [Fact]
    public void a_reference_without_a_prediction_is_an_error_unless_asked_to_chill()
    {
        using var folder = new TemporaryFolder();
        var (reference, prediction) = (folder.File("r"), folder.File("p"));
        Directory.CreateDirectory(reference);
        Directory.CreateDirectory(prediction);
        File.WriteAllText(Path.Combine(reference, "a.nii.gz"), "");
        File.WriteAllText(Path.Combine(reference, "b.nii.gz"), "");
        Assert.Contains("holds no file", Assert.Throws<DataException>(() => FolderEvaluation.Pair(reference, prediction, ".nii.gz", true)).Message);
        File.WriteAllText(Path.Combine(prediction, "a.nii.gz"), "");
        Assert.Contains("b.nii.gz", Assert.Throws<DataException>(() => FolderEvaluation.Pair(reference, prediction, ".nii.gz", false)).Message);
        Assert.Single(FolderEvaluation.Pair(reference, prediction, ".nii.gz", true));
        Assert.Contains("is not there", Assert.Throws<DataException>(() => FolderEvaluation.Pair(folder.File("x"), prediction, ".nii.gz", true)).Message);
    }

    [Fact]
    public void maps_of_other_shapes_are_refused_rather_than_broadcast()
    {
        using var folder = new TemporaryFolder();
        var geometry = new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        var io = new SimpleItkReaderWriter();
        io.WriteLabels(folder.File("r.nii.gz"), new ushort[8], new VolumeShape(2, 2, 2), geometry);
        io.WriteLabels(folder.File("p.nii.gz"), new ushort[4], new VolumeShape(1, 2, 2), geometry);
        Assert.Contains("1x2x2", Assert.Throws<DataException>(() => FolderEvaluation.ScoreCase(folder.File("r.nii.gz"), folder.File("p.nii.gz"), io, SmallNetworks.Labels(1), EvaluationOptions.Plain)).Message);
    }

    [Fact]
    public void maps_of_other_spacings_are_refused_where_that_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        var geometry = new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        var (io, labels) = (new SimpleItkReaderWriter(), SmallNetworks.Labels(1));
        io.WriteLabels(folder.File("r.nii.gz"), new ushort[8], new VolumeShape(2, 2, 2), geometry);
        io.WriteLabels(folder.File("p.nii.gz"), new ushort[8], new VolumeShape(2, 2, 2), geometry with { Spacing = [1, 1, 2.5] });
        CaseMetrics Score(EvaluationOptions options) => FolderEvaluation.ScoreCase(folder.File("r.nii.gz"), folder.File("p.nii.gz"), io, labels, options);
        Assert.Contains("2.5 x 1 x 1", Assert.Throws<DataException>(() => Score(new EvaluationOptions(SameSpacing: true))).Message);
        Score(EvaluationOptions.Plain);
    }

    [Fact]
    public void a_summary_with_surfaces_has_four_figures_more_and_infinite_ones_are_left_out_of_means()
    {
        var near = new ClassMetrics(1, 0, 0, 0) { Surface = new SurfaceDistances(2, 1.5, 0.5, 0.9) };
        var lost = new ClassMetrics(0, 0, 1, 0) { Surface = SurfaceDistances.Of([], [1], 1) };
        var summary = new EvaluationSummary([new CaseMetrics("a", "r", [near]), new CaseMetrics("b", "r", [lost])], SmallNetworks.Labels(1));
        Assert.Equal((2, 0.45), (summary.ForegroundMeanOf("HD"), summary.ForegroundMeanOf("SurfaceDice")));
        using var folder = new TemporaryFolder();
        summary.Save(folder.File("s.json"));
        var json = NnUnetJson.ReadObject(folder.File("s.json"));
        Assert.Equal(["ASSD", "Dice", "FN", "FP", "HD", "HD95", "IoU", "SurfaceDice", "TN", "TP", "n_pred", "n_ref"], json["foreground_mean"]!.AsObject().Select(p => p.Key));
        Assert.Equal(double.PositiveInfinity, json["metric_per_case"]![1]!["metrics"]!["1"]!["HD"]!.GetValue<double>());
        Assert.Equal(summary.MeanDice, EvaluationSummary.ReadMeanDice(folder.File("s.json")));
    }

    [Fact]
    public void a_mean_that_is_not_a_number_is_read_as_such()
    {
        using var folder = new TemporaryFolder();
        new EvaluationSummary([new CaseMetrics("a", "r", [new ClassMetrics(0, 0, 0, 1)])], SmallNetworks.Labels(1)).Save(folder.File("s.json"));
        Assert.Equal(double.NaN, EvaluationSummary.ReadMeanDice(folder.File("s.json")));
    }

    [Fact]
    public void background_that_is_asked_for_is_scored_and_no_part_of_the_mean()
    {
        var labels = LabelSet.OfValues([0, 2], ignore: null);
        var summary = new EvaluationSummary([new CaseMetrics("p", "r", CaseScore.Compute([0, 2, 2, 0], [0, 2, 0, 0], labels))], labels);
        Assert.Equal([0.8, 2.0 / 3], summary.ClassDice);
        Assert.Equal(2.0 / 3, summary.MeanDice);
    }

    [Fact]
    public void pictures_are_written_whatever_the_labels_say()
    {
        using var folder = new TemporaryFolder();
        var image = new Volume<float>(1, new VolumeShape(3, 20, 10));
        OverlayPng.Draw(folder.File("o.png"), image, new ushort[600], [.. Enumerable.Repeat((ushort)12, 600)], new Spacing(5, 1, 1), "flat image, no reference");
        TrainingCurves.Draw(folder.File("c.png"), [new(0, 0.01, 1, double.NaN, [], double.NaN, double.NaN, 0, 1)]);
        Assert.All((string[])["o.png", "c.png"], name => Assert.Equal([0x89, 0x50, 0x4E, 0x47], File.ReadAllBytes(folder.File(name))[..4]));
    }
}
