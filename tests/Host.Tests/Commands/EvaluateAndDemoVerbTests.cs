using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Commands;

public sealed class EvaluateAndDemoVerbTests : IDisposable
{
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    [Fact]
    public void Evaluation_takes_two_folders_and_two_files()
    {
        var job = _line.Job<EvaluateJob>("nnUNetv2_evaluate_folder", "/gt", "/pred", "-djfile", "/d.json", "-pfile", "/p.json", "--chill", "-o", "/s.json");

        Assert.Equal(new EvaluateJob(new DatasetPaths("/raw", "/preprocessed", "/results"), "/gt", "/pred", "/d.json", "/p.json", "/s.json", Chill: true), job);
        Assert.Null(_line.Job<EvaluateJob>("evaluate-folder", "/gt", "/pred", "-djfile", "/d.json", "-pfile", "/p.json").Output);
    }

    [Fact]
    public async Task Evaluation_needs_to_know_the_labels()
    {
        Assert.Equal(2, await _line.Run("evaluate-folder", "/gt", "/pred", "-pfile", "/p.json"));
        Assert.Contains("-djfile", _line.Error);
    }

    [Fact]
    public void The_demo_goes_the_whole_way_in_one_folder()
    {
        using var folder = new TemporaryFolder();
        var jobs = _line.Request("demo", "--folder", folder.Path).Jobs;

        Assert.Equal(
            ["PhantomJob", "FingerprintJob", "PlanJob", "PreprocessJob", "TrainJob", "PredictJob", "EvaluateJob", "OverlayJob"],
            jobs.Select(j => j.GetType().Name));
        Assert.All(jobs, job => Assert.StartsWith(folder.Path, job.Paths.Raw));
        Assert.True(jobs.OfType<PlanJob>().Single().Options.SmallNetwork);
        Assert.Equal(jobs.OfType<PredictJob>().Single().Output, jobs.OfType<EvaluateJob>().Single().Prediction);
    }

    [Fact]
    public void A_demo_stopped_in_a_folder_goes_on_with_its_phantoms()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("nnUNet_raw", "Dataset900_Phantom"));
        File.WriteAllText(folder.File("nnUNet_raw", "Dataset900_Phantom", "dataset.json"), "{}");

        Assert.IsType<FingerprintJob>(_line.Request("demo", "--folder", folder.Path).Jobs[0]);
    }

    [Fact]
    public void Volumes_and_training_of_the_demo_follow_from_its_seed()
    {
        using var folder = new TemporaryFolder();
        var (plain, seeded) = (_line.Request("demo", "--folder", folder.Path).Jobs, _line.Request("demo", "--folder", folder.Path, "--seed", "7").Jobs);

        Assert.Equal((900UL, 900UL), (plain.OfType<PhantomJob>().Single().Seed, plain.OfType<TrainJob>().Single().Options.Seed));
        Assert.Equal((7UL, 7UL), (seeded.OfType<PhantomJob>().Single().Seed, seeded.OfType<TrainJob>().Single().Options.Seed));
        Assert.Equal(plain.OfType<TrainJob>().Single().Options with { Seed = 7 }, seeded.OfType<TrainJob>().Single().Options);
    }

    [Fact]
    public async Task A_demo_does_not_go_on_with_the_phantoms_of_another_seed()
    {
        using var folder = new TemporaryFolder();
        var made = _line.Request("demo", "--folder", folder.Path, "--seed", "7").Jobs.OfType<PhantomJob>().Single();
        Directory.CreateDirectory(made.Paths.RawFolder(made.Dataset));
        File.WriteAllText(Path.Combine(made.Paths.RawFolder(made.Dataset), "dataset.json"), "{}");

        Assert.IsType<FingerprintJob>(_line.Request("demo", "--folder", folder.Path, "--seed", "7").Jobs[0]);
        foreach (var other in new string[][] { [], ["--seed", "8"] })
            Assert.Equal(2, await _line.Run(["demo", "--folder", folder.Path, .. other]));
        Assert.Contains("another --seed", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
    }

    [Fact]
    public void Two_demos_get_two_folders_unless_told()
    {
        var first = _line.Request("demo").Jobs[0].Paths.Raw;
        _line.Clock.Advance(1);

        Assert.NotEqual(first, _line.Request("demo").Jobs[0].Paths.Raw);
        Assert.StartsWith(Path.GetFullPath("runs"), first);
    }

    [Fact]
    public async Task The_demos_json_is_the_result_alone()
    {
        _line.Runner.Events.Add(new JobProgress("train", 1, 2));
        _line.Runner.While = _ => _line.Clock.Advance(61.25);
        _line.Runner.Gives(
            new PredictResult("/d/predictions", 2, 0, []),
            new EvaluateResult("/d/summary.json", 2, new Dictionary<string, double> { ["liver"] = 0.9, ["kidney"] = double.NaN }, 0.9));

        Assert.Equal(0, await _line.Run("demo", "--folder", "/d", "--json"));

        var json = JsonNode.Parse(_line.Out)!.AsObject();
        Assert.Equal(["dice", "mean_dice", "folder", "overlay", "seconds"], json.Select(p => p.Key));
        Assert.Equal(0.9, json["dice"]!["liver"]!.GetValue<double>());
        Assert.Null(json["dice"]!["kidney"]);
        Assert.Equal(("/d", "/d/overlay.png"), (json["folder"]!.GetValue<string>(), json["overlay"]!.GetValue<string>()));
        Assert.Equal(61.2, json["seconds"]!.GetValue<double>());
    }

    [Fact]
    public async Task The_demo_ends_with_dice_paths_picture_and_time()
    {
        _line.Runner.While = _ => _line.Clock.Advance(72);
        _line.Runner.Gives(
            new TrainResult("/d/model/fold_0", 10, null, new Dictionary<string, double>(), double.NaN, []),
            new PredictResult("/d/predictions", 3, 0, []),
            new EvaluateResult("/d/predictions/summary.json", 3, new Dictionary<string, double> { ["liver"] = 0.95, ["kidney"] = 0.85 }, 0.9));

        Assert.Equal(0, await _line.Run("demo", "--folder", "/d"));
        Assert.Equal(
            """
            Dice on 3 volumes the network never saw:
            class     Dice
            liver   0.9500
            kidney  0.8500
            mean    0.9000
            made             where
            raw data         /d/nnUNet_raw
            plans and cases  /d/nnUNet_preprocessed
            model            /d/model/fold_0
            predictions      /d/predictions
            summary          /d/predictions/summary.json
            picture          /d/overlay.png
            all in 1 min 12 s

            """, _line.Out);
    }
}
