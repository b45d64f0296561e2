using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Hosting;

public sealed class ApplicationTests : IDisposable
{
    private static readonly string[] Train = ["train", "Dataset004_X", "3d_fullres", "0"];
    private readonly CommandLine _line = new();

    public void Dispose() => _line.Dispose();

    public static TheoryData<Exception, int> Endings => new()
    {
        { new UsageException("u"), 2 },
        { new DataException("/f", "is torn", "make it anew"), 3 },
        { new ResourceException("r"), 4 },
        { new OutOfMemoryException(), 4 },
        { new TypeInitializationException("torch", new DllNotFoundException("libtorch.so")), 4 },
        { new IOException("No space left on device", 28), 4 },
        { new UnauthorizedAccessException("Access to the path '/out' is denied."), 4 },
        { new OperationCanceledException(), 75 },
        { new AggregateException(new DataException("/f", "is torn", "make it anew")), 3 },
        { new InvalidOperationException("ours"), 1 },
    };

    [Theory]
    [MemberData(nameof(Endings))]
    public void Every_failure_has_its_exit_code(Exception failure, int code) => Assert.Equal(code, ExitCodes.Of(failure));

    [Fact]
    public async Task A_failure_the_user_can_act_on_is_one_sentence_and_nothing_else()
    {
        _line.Runner.Failure = new DataException("/raw/dataset.json", "has no key 'labels'", "add it");

        Assert.Equal(3, await _line.Run([.. Train, "--json"]));
        Assert.Equal(
            ["train Dataset004_X 3d_fullres fold 0", "error: /raw/dataset.json: has no key 'labels'; add it", ""], _line.Error.Split(Environment.NewLine));
        Assert.Empty(_line.Out);
    }

    [Fact]
    public async Task A_fault_of_ours_leaves_a_report_file()
    {
        _line.Runner.Failure = new InvalidOperationException("ours");

        Assert.Equal(1, await _line.Run(Train));
        var file = _line.Error.Split("please report it with ")[1].Trim();
        var report = File.ReadAllText(file);
        File.Delete(file);
        Assert.Contains("arguments: train Dataset004_X 3d_fullres 0", report);
        Assert.Contains("InvalidOperationException: ours", report);
    }

    [Fact]
    public async Task A_stop_before_the_end_says_how_to_go_on()
    {
        _line.Runner.Failure = new OperationCanceledException();

        Assert.Equal(75, await _line.Run(Train));
        Assert.Contains("the same command goes on from there", _line.Error);
    }

    [Fact]
    public async Task Quarantined_cases_are_listed_with_their_causes_and_the_code_says_in_part()
    {
        var torn = new QuarantinedCase(new CaseId("case_7"), "preprocess", 2, "/in/case_7_0000.nii.gz: is cut off; copy it again", FaultKind.Data);
        _line.Runner.Gives(new PredictResult("/out", 2, 1, [torn]));

        Assert.Equal(5, await _line.Run("predict-from-modelfolder", "-i", "/in", "-o", "/out", "-m", "/m"));
        Assert.Equal(
            """
            2 cases predicted, 1 were there: /out
            1 case is quarantined; the rest is done:
            case    stage       tries  cause
            case_7  preprocess      2  /in/case_7_0000.nii.gz: is cut off; copy it again

            """, _line.Out);
    }

    [Fact]
    public async Task Quarantined_cases_are_in_the_json_too()
    {
        _line.Runner.Gives(new PreprocessResult(["/p"], 1, 0, [new QuarantinedCase(new CaseId("c"), "preprocess", 3, "why", null)]));

        Assert.Equal(5, await _line.Run("preprocess", "-d", "Dataset001_A", "-c", "3d_fullres", "--json"));
        var json = JsonNode.Parse(_line.Out)!;
        Assert.Equal(["folders", "done", "kept", "quarantined"], json.AsObject().Select(p => p.Key));
        Assert.Equal("why", json["quarantined"]![0]!["cause"]!.GetValue<string>());
    }

    [Fact]
    public async Task Settings_reach_the_node()
    {
        _line.Runner.Gives(new EvaluateResult("s", 1, new Dictionary<string, double>(), double.NaN));
        await _line.Run("evaluate-folder", "/a", "/b", "-djfile", "/d", "-pfile", "/p", "--set", "actorseg.train.prefetch=9");

        Assert.Equal(9, _line.Settings!.Config.GetInt("actorseg.train.prefetch"));
    }

    [Fact]
    public async Task A_wrong_setting_is_told_before_anything_runs()
    {
        Assert.Equal(2, await _line.Run([.. Train, "--set", "actorseg.train.prefech=9"]));
        Assert.Contains("did you mean 'actorseg.train.prefetch'?", _line.Error);
        Assert.Empty(_line.Runner.Jobs);
    }

    [Fact]
    public async Task The_training_result_has_the_documented_keys()
    {
        _line.Runner.Gives(new TrainResult("/fold_0", 12, null, new Dictionary<string, double> { ["Anterior"] = 0.7 }, 0.7, []));

        Assert.Equal(0, await _line.Run([.. Train, "--json"]));
        Assert.Equal(
            """{"folder":"/fold_0","epochs":12,"dice":{"Anterior":0.7},"mean_dice":0.7,"last_epoch":null,"quarantined":[]}""", _line.Out.TrimEnd());
    }
}
