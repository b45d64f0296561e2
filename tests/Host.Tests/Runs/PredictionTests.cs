using System.Text.Json.Nodes;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>The prediction verbs as their users run them, with a small model that was never trained.</summary>
public sealed class PredictionTests : IDisposable
{
    private static readonly VolumeShape Shape = new(9, 22, 18);

    private readonly TemporaryFolder _folder = new();
    private readonly SmallModel _model;

    public PredictionTests()
    {
        _model = new SmallModel(_folder.File("model"), folds: 2, ending: ".nrrd");
        foreach (var (id, seed) in (ReadOnlySpan<(string, int)>)[("a", 1), ("b", 2), ("c", 3)]) SmallModel.WriteImage(In($"{id}_0000.nrrd"), Shape, seed);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void parts_together_give_what_one_command_gives_and_what_is_there_is_kept()
    {
        using (Predict("whole", "--save_probabilities").Ends(0)) { }
        var whole = Files("whole");
        Assert.Equal(["a.npz", "a.nrrd", "a.pkl", "b.npz", "b.nrrd", "b.pkl", "c.npz", "c.nrrd", "c.pkl", "dataset.json", "plans.json", "predict_from_raw_data_args.json"], whole.Keys.Order());
        var arguments = JsonNode.Parse(whole["predict_from_raw_data_args.json"])!.AsObject();
        Assert.Equal(
            ["folder_with_segs_from_prev_stage", "list_of_lists_or_source_folder", "num_parts", "num_processes_preprocessing", "num_processes_segmentation_export",
                "output_folder_or_list_of_truncated_output_files", "overwrite", "part_id", "save_probabilities"],
            arguments.Select(a => a.Key));

        var (results, predict) = (_folder.File("results"), (string[])["predict", "-d", "Dataset905_Small", "-c", "3d_fullres", "-i", In(), "-o", Out("parts"), "-f", "0", "1", "-device", "cpu"]);
        Directory.CreateDirectory(Path.Combine(results, "Dataset905_Small"));
        Directory.CreateSymbolicLink(Path.Combine(results, "Dataset905_Small", "nnUNetTrainer__nnUNetPlans__3d_fullres"), _model.Folder);
        for (var part = 0; part < 2; part++)
            using (new ActorSegProcess([.. predict, "--results", results, "-num_parts", "2", "-part_id", $"{part}", "--save_probabilities"]).Ends(0)) { }
        var parts = Files("parts");
        foreach (var (name, content) in whole.Where(f => f.Key[0] is 'a' or 'b' or 'c')) Assert.Equal(content, parts[name]);

        File.Delete(Out("parts", "b.npz"));
        File.WriteAllText(Out("parts", "a.nrrd"), "untouched");
        using var again = Predict("parts", "--save_probabilities", "--continue_prediction", "--json").Ends(0);
        Assert.Equal((1, 2), (Number(again, "done"), Number(again, "skipped")));
        Assert.Equal("untouched", File.ReadAllText(Out("parts", "a.nrrd")));
        Assert.Equal(whole["b.npz"], File.ReadAllBytes(Out("parts", "b.npz")));
    }

    [Fact]
    public void cases_that_cannot_be_predicted_are_told_and_the_others_are_done()
    {
        var writer = new SimpleItkReaderWriter();
        var geometry = new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        var values = SmallModel.Image(Shape);
        values[100] = float.NaN;
        writer.WriteImage(In("nan_0000.nrrd"), values, Shape, geometry);
        File.Copy(In("a_0000.nrrd"), In("two_0000.nrrd"));
        File.Copy(In("a_0000.nrrd"), In("two_0001.nrrd"));
        File.WriteAllText(In("text_0000.nrrd"), "this is no image");
        var flat = new VolumeShape(1, 22, 18);
        writer.WriteImage(In("flat_0000.nrrd"), SmallModel.Image(flat), flat, new ImageGeometry([1, 1], [0, 0], [1, 0, 0, 1]));

        using var run = Predict("out", "--json").Ends(5);
        Assert.Equal(3, Number(run, "done"));
        var causes = JsonNode.Parse(run.Output)!["quarantined"]!.AsArray().ToDictionary(q => q!["case"]!.GetValue<string>(), q => q!["cause"]!.GetValue<string>());
        Assert.Equal(["flat", "nan", "text", "two"], causes.Keys.Order());
        Assert.Contains("no finite number", causes["nan"]);
        Assert.Contains("2 channels", causes["two"]);
        Assert.Contains("text_0000.nrrd", causes["text"]);
        Assert.Contains("two axes", causes["flat"]);
        Assert.DoesNotContain("   at ", run.Errors);
        Assert.Equal(["a.nrrd", "b.nrrd", "c.nrrd"], Files("out").Keys.Where(name => !name.EndsWith(".json", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void what_is_wrong_with_the_command_is_said_in_a_sentence_and_nothing_is_written()
    {
        Refused(2, "written over", "-m", _model.Folder, "-i", In(), "-o", In(), "-f", "0");
        Refused(3, "-f 0 1", "-m", _model.Folder, "-i", In(), "-o", Out("out"), "-f", "0", "3");
        Refused(3, "checkpoint_best.pth", "-m", _model.Folder, "-i", In(), "-o", Out("out"), "-f", "0", "-chk", "checkpoint_best.pth");
        Refused(3, "is not there", "-m", _model.Folder, "-i", _folder.File("nowhere"), "-o", Out("out"), "-f", "0");
        Refused(2, "leave out -prev_stage_predictions", "-m", _model.Folder, "-i", In(), "-o", Out("out"), "-f", "0", "-prev_stage_predictions", In());
        File.Delete(Path.Combine(_model.Folder, "plans.json"));
        Refused(3, "plans.json", "-m", _model.Folder, "-i", In(), "-o", Out("out"), "-f", "0");

        var other = new SmallModel(_folder.File("other"), "2d", ending: ".nrrd");
        var mixed = new SmallModel(_folder.File("mixed"), ending: ".nrrd");
        File.Copy(other.CheckpointOf(0), mixed.CheckpointOf(0), overwrite: true);
        var plans = JsonNode.Parse(File.ReadAllText(Path.Combine(mixed.Folder, "plans.json")))!;
        plans["configurations"]!.AsObject().Remove("2d");
        File.WriteAllText(Path.Combine(mixed.Folder, "plans.json"), plans.ToJsonString());
        Refused(3, "'2d'", "-m", mixed.Folder, "-i", In(), "-o", Out("out"), "-f", "0");
        Assert.Equal(["a_0000.nrrd", "b_0000.nrrd", "c_0000.nrrd"], Directory.GetFiles(In()).Select(Path.GetFileName).Order());
        Assert.False(Directory.Exists(Out("out")));
    }

    [Fact]
    public void plans_that_are_not_those_of_the_training_are_used_and_told_of()
    {
        var file = Path.Combine(_model.Folder, "plans.json");
        var plans = JsonNode.Parse(File.ReadAllText(file))!;
        plans["configurations"]!["3d_fullres"]!["spacing"]![1] = 1.5;
        File.WriteAllText(file, plans.ToJsonString());
        using var run = Predict("out").Ends(0);
        Assert.Contains($"warning: {_model.CheckpointOf(0)} was trained with other plans than {file}, which are used: configurations.3d_fullres.spacing", run.Errors);
    }

    [Fact]
    public void a_cascade_is_predicted_from_the_predictions_of_the_stage_before()
    {
        var low = new SmallModel(_folder.File("low"), "3d_lowres", ending: ".nrrd");
        var cascade = new SmallModel(_folder.File("cascade"), "3d_cascade_fullres", ending: ".nrrd");
        Refused(2, "needs the predictions of '3d_lowres'", "-m", cascade.Folder, "-i", In(), "-o", Out("out"), "-f", "0");
        using (new ActorSegProcess("predict-from-modelfolder", "-m", low.Folder, "-i", In(), "-o", Out("low"), "-f", "0", "-device", "cpu").Ends(0)) { }
        File.Delete(Out("low", "b.nrrd"));
        using var run = new ActorSegProcess(
            "predict-from-modelfolder", "-m", cascade.Folder, "-i", In(), "-o", Out("out"), "-f", "0", "-device", "cpu", "-prev_stage_predictions", Out("low"), "--json").Ends(5);
        Assert.Equal(2, Number(run, "done"));
        Assert.Contains("b.nrrd", JsonNode.Parse(run.Output)!["quarantined"]![0]!["cause"]!.GetValue<string>());
    }

    [Fact]
    public void a_command_killed_at_any_point_leaves_whole_files_and_goes_on()
    {
        for (var i = 0; i < 6; i++) SmallModel.WriteImage(In($"k{i:00}_0000.nrrd"), new VolumeShape(12, 40, 40), i);
        using (Predict("whole").Ends(0)) { }
        using (var run = Predict("killed"))
        {
            Assert.True(SpinWait.SpinUntil(() => File.Exists(Out("killed", "k01.nrrd")) || run.HasEnded, TimeSpan.FromMinutes(3)), "no case was ever written");
            run.Signal(9);
            run.Wait();
        }

        var whole = Files("whole");
        foreach (var (name, content) in Files("killed").Where(f => f.Key.EndsWith(".nrrd", StringComparison.Ordinal))) Assert.Equal(whole[name], content);
        using (Predict("killed", "--continue_prediction").Ends(0)) { }
        var killed = Files("killed");
        Assert.Equal(whole.Keys.Order(), killed.Keys.Order());
        foreach (var (name, content) in whole.Where(f => f.Key.EndsWith(".nrrd", StringComparison.Ordinal))) Assert.Equal(content, killed[name]);
    }

    [Fact]
    public void a_full_disk_ends_the_command_with_its_own_exit_code_and_no_torn_file()
    {
        SmallModel.WriteImage(In("large_0000.nrrd"), new VolumeShape(40, 90, 90), 9);
        using var run = ActorSegProcess.WithSmallFiles(
            24, "predict-from-modelfolder", "-m", _model.Folder, "-i", In(), "-o", Out("out"), "-f", "0", "-device", "cpu", "--disable_tta", "--save_probabilities").Ends(4);
        Assert.Contains("--continue_prediction", run.Errors);
        Assert.DoesNotContain(Files("out").Keys, name => name.Contains(".tmp-", StringComparison.Ordinal));
    }

    [Fact]
    public void a_case_too_large_for_the_memory_there_is_is_refused_alone()
    {
        SmallModel.WriteImage(In("large_0000.nrrd"), new VolumeShape(60, 200, 200), 9);
        using var run = Predict("out", "--json", "--set", "actorseg.memory.limit=64MiB").Ends(5);
        var refused = JsonNode.Parse(run.Output)!["quarantined"]!.AsArray().Single()!;
        Assert.Equal(("large", "resource", 3), (refused["case"]!.GetValue<string>(), refused["kind"]!.GetValue<string>(), Number(run, "done")));
        Assert.Matches("predict large needs [0-9]+ MiB of memory and there are 32 MiB", refused["cause"]!.GetValue<string>());
    }

    private ActorSegProcess Predict(string output, params string[] more) =>
        new(["predict-from-modelfolder", "-m", _model.Folder, "-i", In(), "-o", Out(output), "-f", "0", "1", "-device", "cpu", .. more]);

    private static void Refused(int exitCode, string words, params string[] flags)
    {
        using var run = new ActorSegProcess(["predict-from-modelfolder", .. flags, "-device", "cpu"]).Ends(exitCode);
        Assert.Contains(words, run.Errors);
        Assert.DoesNotContain("   at ", run.Errors);
        Assert.Equal("", run.Output);
    }

    private static int Number(ActorSegProcess run, string key) => JsonNode.Parse(run.Output)![key]!.GetValue<int>();

    private Dictionary<string, byte[]> Files(string output) => Directory.GetFiles(Out(output)).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes);

    private string In(params string[] parts) => _folder.File(["in", .. parts]);

    private string Out(params string[] parts) => _folder.File(parts);
}
