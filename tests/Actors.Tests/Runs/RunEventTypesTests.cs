using System.Text;
using System.Text.Json;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Tests.Runs;

/// <summary>What journals hold outlives the program that wrote it: names, fields and bytes of each version are pinned here.</summary>
public class RunEventTypesTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    /// <summary>One of each kind, with the bytes of its version.</summary>
    public static TheoryData<RunEvent, string, string> Samples => new()
    {
        {
            new RunStarted("Dataset004_X", "3d_fullres", "0", "nnUNetTrainer", "nnUNetPlans", "ab", 8, 2, false, 1000, 250, 50, 2, "18446744073709551615", 0.01, "fp32", "cpu", 0, "host", 42, "0.1.0"),
            "run-started-1",
            """{"dataset":"Dataset004_X","configuration":"3d_fullres","fold":"0","trainer":"nnUNetTrainer","plans":"nnUNetPlans","plans_sha256":"ab","training_cases":8,"validation_cases":2,"fresh":false,"epochs":1000,"iterations_per_epoch":250,"validation_iterations":50,"batch_size":2,"seed":"18446744073709551615","learning_rate":0.01,"precision":"fp32","device":"cpu","torch_threads":0,"host":"host","pid":42,"version":"0.1.0"}"""
        },
        { new RunResumed(3, 17, "a.pth", [new RefusedFile("b.pth", "torn")]), "run-resumed-1", """{"epoch":3,"iteration":17,"file":"a.pth","refused":[{"file":"b.pth","why":"torn"}]}""" },
        { new SettingsChanged([new ValueChange("epochs", "3", "5")]), "settings-changed-1", """{"changes":[{"key":"epochs","before":"3","now":"5"}]}""" },
        {
            new EpochEnded(3, 10, 0.005, -0.25, double.NaN, [0.5, double.NaN], 0.5, 0.25, 1.5, 2.5), "epoch-ended-1",
            """{"epoch":3,"epochs":10,"learning_rate":0.005,"train_loss":-0.25,"validation_loss":"NaN","dice":[0.5,"NaN"],"mean_dice":0.5,"ema_dice":0.25,"started":1.5,"ended":2.5}"""
        },
        { new CheckpointCommitted("latest", 3, 0, "cd"), "checkpoint-committed-1", """{"kind":"latest","epoch":3,"iteration":0,"weights_sha256":"cd"}""" },
        { new CheckpointPostponed("best", 2, "full"), "checkpoint-postponed-1", """{"kind":"best","failures":2,"cause":"full"}""" },
        { new StepLeftOut(1, 2, "NaN"), "step-left-out-1", """{"epoch":1,"iteration":2,"cause":"NaN"}""" },
        { new TrainerRolledBack(1, 0, "boom"), "trainer-rolled-back-1", """{"epoch":1,"iteration":0,"cause":"boom"}""" },
        { new WorkerReplaced("loader", "boom"), "worker-replaced-1", """{"worker":"loader","cause":"boom"}""" },
        { new ValidatorGivenUp([1, 2], "boom"), "validator-given-up-1", """{"epochs":[1,2],"cause":"boom"}""" },
        { new CaseLeftOut("a", 3, "torn", "data", 1, 2), "case-left-out-1", """{"case":"a","tries":3,"cause":"torn","kind":"data","epoch":1,"batch":2}""" },
        { new RunPaused(3, 17), "run-paused-1", """{"epoch":3,"iteration":17}""" },
        { new RunContinued(3, 17), "run-continued-1", """{"epoch":3,"iteration":17}""" },
        { new CaseGivenUp("a", "export", 2, "full"), "case-given-up-1", """{"case":"a","stage":"export","tries":2,"cause":"full"}""" },
        { new Warned("look"), "warned-1", """{"text":"look"}""" },
        { new TrainingEnded(10), "training-ended-1", """{"epochs":10}""" },
        { new RunStopped("there"), "run-stopped-1", """{"where":"there"}""" },
        { new RunFinished(10, new Dictionary<string, double> { ["liver"] = 0.5 }, double.NaN), "run-finished-1", """{"epochs":10,"dice":{"liver":0.5},"mean_dice":"NaN"}""" },
        { new RunFailed("boom", null), "run-failed-1", """{"cause":"boom","kind":null}""" },
        { new HistoryLost("removed", 3), "history-lost-1", """{"why":"removed","dropped":3}""" },
    };

    [Theory, MemberData(nameof(Samples))]
    public void an_event_is_written_under_its_name_and_reads_back_the_same(RunEvent happened, string name, string fields)
    {
        Assert.Equal(name, RunEventTypes.NameOf(happened));
        var bytes = RunEventTypes.Write(new Recorded(At, 3, 17, happened, name));
        Assert.Equal($$"""{"at":"2026-03-04T05:06:07+00:00","owner":3,"number":17,"event":{{fields}}}""", Encoding.UTF8.GetString(bytes));
        var read = RunEventTypes.Read(bytes, name);
        Assert.Equal((At, 3, 17, name), (read.At, read.Owner, read.Number, read.Name));
        Assert.Equal(fields, read.Event!.Fields().ToJsonString());
    }

    [Fact]
    public void every_kind_of_event_there_is_has_a_name_and_a_sample_here()
    {
        var kinds = typeof(RunEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(RunEvent))).ToHashSet();
        var samples = Samples.Select(row => row[0].GetType()).ToHashSet();
        Assert.Equal(kinds, samples);
        Assert.Equal(kinds.Count, RunEventTypes.Names.Distinct().Count());
        Assert.All(RunEventTypes.Names, name => Assert.Matches("^[a-z-]+-[0-9]+$", name));
    }

    [Fact]
    public void an_event_of_a_newer_version_is_told_without_its_content()
    {
        var bytes = RunEventTypes.Write(new Recorded(At, 3, 17, new Warned("x"), "warned-1"));
        var read = RunEventTypes.Read(bytes, "warned-2");
        Assert.Null(read.Event);
        Assert.Equal(("warned-2", 17), (read.Name, read.Number));
    }

    [Theory]
    [InlineData("""{"at":"2026-03-04T05:06:07+00:00","owner":3,"number":17}""")]
    [InlineData("""{"at":"2026-03-04T05:06:07+00:00","owner":3,"number":17,"event":{}}""")]
    [InlineData("""{"at":"2026-03-04T05:06:07+00:00","owner":3,"number":17,"event":{"text":null}}""")]
    [InlineData("""{"at":"yesterday","owner":3,"number":17,"event":{"text":"x"}}""")]
    [InlineData("not JSON")]
    public void what_is_not_complete_is_an_error_and_never_half_an_event(string bytes) =>
        Assert.ThrowsAny<JsonException>(() => RunEventTypes.Read(Encoding.UTF8.GetBytes(bytes), "warned-1"));

    [Fact]
    public void nothing_in_the_journal_names_a_dotnet_type()
    {
        Assert.All(Samples, row => Assert.DoesNotContain("$type", (string)row[2]));
        Assert.All(RunEventTypes.Names, name => Assert.DoesNotContain('.', name));
        Assert.Equal(7412, RunEventSerializer.Id);
    }
}
