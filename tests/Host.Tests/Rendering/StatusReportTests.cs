using System.Text.Json.Nodes;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Files;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Tests.Rendering;

public class StatusReportTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly RunName Name = new("Dataset004_X", "nnUNetTrainer", "nnUNetPlans", "3d_fullres", "0");
    private static readonly EpochEnded Epoch = new(4, 10, 0.005, -0.25, double.NaN, [0.5, double.NaN], 0.5, 0.25, 100, 112);

    private static readonly RunSummary Run = new("/results/fold_0", Name, RunState.Interrupted)
    {
        Owner = new RunOwner(2, "id", "host", 42, Now.AddHours(-1), "cpu", true),
        LastEpoch = Epoch,
        Checkpoint = (5, 17),
        Heard = Now.AddSeconds(-30),
    };

    [Fact]
    public void A_run_is_a_row_with_what_its_user_may_do()
    {
        var row = Row(Run);
        Assert.Equal(
            ["Dataset004_X 3d_fullres 0", "interrupted", "5 of 10", "-0.2500", "0.2500", "30 s ago", "at epoch 5, iteration 17; the same command goes on"], row);
        Assert.Equal("before its first checkpoint; the same command begins again", Row(Run with { Checkpoint = null })[^1]);
        Assert.Equal("disk full", Row(Run with { State = RunState.Failed, Why = "disk full" })[^1]);
        Assert.Equal("Dataset004_X 3d_fullres 0 -tr Mine -p Other", Row(Run with { Name = Name with { Trainer = "Mine", Plans = "Other" } })[0]);
    }

    [Fact]
    public void A_running_run_tells_its_process_and_how_far_it_is()
    {
        var progress = new RunProgress(2, Now, "train", 7, 50, "epoch 1 of 10");
        Assert.Matches("^process 42 on host since 2026-01-01 [0-9:]+: train 7/50, epoch 1 of 10$", Row(Run with { State = RunState.Running, Progress = progress })[^1]);
    }

    [Fact]
    public void What_is_undefined_is_null_in_JSON_and_a_dash_in_the_table()
    {
        var json = Json(Run);
        Assert.Null(json["last_epoch"]!["validation_loss"]);
        Assert.Null(json["last_epoch"]!["dice"]![1]);
        Assert.Equal(-0.25, (double)json["last_epoch"]!["train_loss"]!);
        Assert.Equal((5, 17), ((int)json["checkpoint"]!["epoch"]!, (int)json["checkpoint"]!["iteration"]!));
        Assert.Equal(["-", "-"], Row(Run with { LastEpoch = null })[3..5]);
    }

    [Fact]
    public void The_history_is_a_row_an_event()
    {
        Recorded[] history =
        [
            Recorded(new RunResumed(3, 17, "checkpoint_latest.pth", [new RefusedFile("checkpoint_final.pth", "is torn")]), "run-resumed-1"),
            Recorded(new SettingsChanged([new ValueChange("epochs", "3", "5")]), "settings-changed-1"),
            Recorded(Epoch, "epoch-ended-1"),
            Recorded(null, "something-new-2"),
        ];
        var report = StatusReport.Of([Run with { History = history }], Now, withHistory: true);
        var rows = Assert.IsType<ReportTable>(report.Parts[^1]).Rows;
        Assert.Equal(["run resumed", "settings changed", "epoch ended", "something new"], rows.Select(r => r[1]));
        Assert.Equal(
            [
                "at epoch 3, iteration 17, from checkpoint_latest.pth; checkpoint_final.pth not used: is torn", "epochs was 3 and is 5",
                "epoch 4 (5 of 10): loss -0.2500, validation -, Dice 0.5000 (average 0.2500), learning rate 0.005, 12 s", "written by a newer version of ActorSeg",
            ],
            rows.Select(r => r[2]));
        var events = report.Json["runs"]![0]!["history"]!.AsArray();
        Assert.Equal(("run-resumed-1", 3), ((string)events[0]!["event"]!, (int)events[0]!["epoch"]!));
        Assert.Null(events[2]!["validation_loss"]);
    }

    [Fact]
    public void Every_kind_of_event_has_words()
    {
        RunEvent[] all =
        [
            new RunStarted("D", "c", "0", "t", "p", "ab", 8, 2, true, 10, 5, 1, 2, "7", 0.01, "fp32", "cpu", 0, "host", 42, "0.1.0"), new CheckpointCommitted("latest", 3, 0, "abcdef0123456789"),
            new CheckpointPostponed("best", 2, "full"), new StepLeftOut(1, 2, "NaN"), new TrainerRolledBack(1, 0, "boom"), new WorkerReplaced("loader", "boom"),
            new ValidatorGivenUp([1, 2], "boom"), new CaseGivenUp("a", "export", 2, "full"), new Warned("look"), new TrainingEnded(10), new RunStopped("there"),
            new RunFinished(10, new Dictionary<string, double>(), 0.5), new RunFailed("boom", null), new HistoryLost("removed", 3),
        ];
        Assert.All(all, happened => Assert.NotEmpty(HistoryText.More(happened)));
        Assert.StartsWith("anew, as asked", HistoryText.More(all[0]), StringComparison.Ordinal);
        Assert.Equal("latest, at epoch 3, iteration 0, weights abcdef012345", HistoryText.More(all[1]));
        Assert.Equal("3 events: removed", HistoryText.More(all[^1]));
    }

    [Fact]
    public void Without_runs_it_says_so() => Assert.Equal("no runs", Assert.IsType<ReportLine>(Assert.Single(StatusReport.Of([], Now, false).Parts)).Text);

    private static Recorded Recorded(RunEvent? happened, string name) => new(Now, 1, 1, happened, name);

    private static JsonNode Json(RunSummary run) => StatusReport.Of([run], Now, withHistory: false).Json["runs"]![0]!;

    private static string[] Row(RunSummary run) => [.. Assert.IsType<ReportTable>(StatusReport.Of([run], Now, withHistory: false).Parts[0]).Rows[0]];
}
