using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Prediction;

public class PredictionJobTests() : TestKit(TestConfig.Hocon)
{
    private const string Boom = "boom";

    [Theory, InlineData(1, 1), InlineData(2, 1), InlineData(1, 3), InlineData(3, 2)]
    public void every_case_passes_loader_predictor_ensembler_and_exporter_with_all_folds(int loaders, int exporters)
    {
        var work = new FakePrediction(folds: 3, "a", "b", "c") { Loaders = loaders, Exporters = exporters };
        Start(work);
        Assert.Equal(3, Finished().Done);
        // Each fold gives its number; the average of 1, 2 and 3 is 2.
        Assert.Equal([("a", 2f), ("b", 2f), ("c", 2f)], work.Exported.Order());
        AllGivenBack(work);
    }

    [Theory, InlineData("case-loader"), InlineData("predictor"), InlineData("ensembler"), InlineData("exporter")]
    public void a_worker_that_dies_once_is_replaced_and_its_case_starts_over(string worker)
    {
        var work = new FakePrediction(folds: 2, "a", "b", "c") { Fail = (at, id, attempt) => at == worker && id == "b" && attempt == 1 ? new InvalidOperationException(Boom) : null };
        Start(work);
        Assert.Equal(3, Finished().Done);
        Assert.Equal([("a", 1.5f), ("b", 1.5f), ("c", 1.5f)], work.Exported.Distinct().Order());
        AllGivenBack(work);
    }

    [Theory, InlineData("case-loader"), InlineData("predictor"), InlineData("ensembler"), InlineData("exporter")]
    public void a_case_that_kills_a_worker_every_time_is_quarantined_and_the_others_go_on(string worker)
    {
        var work = new FakePrediction(folds: 2, "a", "b", "c") { Fail = (at, id, _) => at == worker && id == "b" ? new InvalidOperationException(Boom) : null };
        Start(work);
        var end = Finished();
        Assert.Equal(2, end.Done);
        var lost = Assert.Single(end.Quarantined);
        Assert.Equal(("b", Boom, 2), (lost.Case.Value, lost.Cause, lost.Tries));
        Assert.Contains(worker, lost.Stage);
        AllGivenBack(work);
    }

    [Theory, InlineData("case-loader", false), InlineData("predictor", true)]
    public void what_trying_again_cannot_mend_is_tried_once(string worker, bool memory)
    {
        var cause = memory ? (Exception)new ResourceException("too large") : new DataException("b.nii.gz", "is truncated", "copy it again");
        var work = new FakePrediction(folds: 1, "a", "b") { Fail = (at, id, _) => at == worker && id == "b" ? cause : null };
        Start(work);
        Assert.Equal(cause.Message, Assert.Single(Finished().Quarantined).Cause);
        Assert.Equal(1, work.TriesAt(worker, "b"));
    }

    [Fact]
    public void a_disk_that_cannot_be_written_to_ends_the_job()
    {
        Start(new FakePrediction(folds: 1, "a", "b") { Fail = (at, _, _) => at == "exporter" ? new StorageException("the disk is full") : null });
        Assert.Equal("the disk is full", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
    }

    [Fact]
    public void a_slow_exporter_holds_back_the_predictor()
    {
        var work = new FakePrediction(folds: 1, [.. Enumerable.Range(0, 20).Select(i => $"c{i:00}")]);
        work.ExporterGate.Reset();
        Start(work);
        AwaitCondition(() => work.Predicted == 3);
        // One at the exporter, one waiting for it, one waiting for the ensembler: no more fits.
        foreach (var id in (string[])["c00", "c01", "c02"]) Assert.StartsWith(id, ExpectMsg<JobProgress>().Detail);
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(3, work.Predicted);
        work.ExporterGate.Set();
        Assert.Equal(20, Finished().Done);
    }

    [Fact]
    public void cases_under_way_are_bounded_in_bytes()
    {
        var work = new FakePrediction(folds: 1, [.. Enumerable.Range(0, 12).Select(i => $"c{i:00}")]) { Bytes = id => id.EndsWith('3') ? 100 : 40, Loaders = 4 };
        Start(work);
        Assert.Equal(12, Finished().Done);
        Assert.InRange(work.MostHeld, 1, 100);
    }

    [Fact]
    public void a_case_that_can_never_fit_is_given_up_alone_with_the_bytes_it_needs()
    {
        var work = new FakePrediction(folds: 1, "a", "b", "c") { Bytes = id => id == "b" ? 500 << 20 : 10 };
        Start(work);
        var end = Finished();
        Assert.Equal(2, end.Done);
        Assert.Contains("fake b needs 500 MiB", Assert.Single(end.Quarantined).Cause);
        Assert.Equal(FaultKind.Resource, end.Quarantined[0].Kind);
        Assert.Equal(0, work.TriesAt("case-loader", "b"));
    }

    [Fact]
    public void a_case_whose_header_cannot_be_read_is_given_up_alone()
    {
        Start(new FakePrediction(folds: 1, "a", "b") { Fail = (at, id, _) => at == "header" && id == "a" ? new DataException("a.nii.gz", "is no image", "look at it") : null });
        var end = Finished();
        Assert.Equal((1, "a"), (end.Done, Assert.Single(end.Quarantined).Case.Value));
    }

    [Fact]
    public void several_loaders_read_side_by_side()
    {
        using var both = new Barrier(2);
        Start(new FakePrediction(folds: 1, "a", "b") { Loaders = 2, LoadersMeet = both });
        Assert.Equal(2, Finished().Done);
    }

    [Fact]
    public void how_far_a_case_is_is_told_by_fold_and_tile()
    {
        Start(new FakePrediction(folds: 2, "a"));
        Assert.Equal("a: fold 2 of 2, tile 1 of 2", ((JobProgress)FishForMessage(m => m is JobProgress { Detail: { } detail } && detail.Contains("fold 2"))).Detail);
        Finished();
    }

    [Fact]
    public void a_model_that_cannot_be_loaded_fails_the_job()
    {
        Start(new FakePrediction(folds: 1, "a") { BadModel = true });
        Assert.Contains("model.pth", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
    }

    [Fact]
    public void nothing_to_do_is_done_at_once_without_a_network()
    {
        Start(new FakePrediction(folds: 1) { BadModel = true });
        Assert.Equal(0, Finished().Done);
    }

    [Fact]
    public void a_job_told_to_stop_says_how_far_it_came_and_gives_back_what_lies_between_its_workers()
    {
        var work = new FakePrediction(folds: 1, [.. Enumerable.Range(0, 20).Select(i => $"c{i:00}")]);
        work.ExporterGate.Reset();
        var job = Start(work);
        AwaitCondition(() => work.Predicted == 3);
        job.Tell(StopStage.Instance);
        Assert.Contains("0 of 20", ((StageStopped)FishForMessage(m => m is StageStopped)).Where);
        AllGivenBack(work);
    }

    private IActorRef Start(FakePrediction work) =>
        Sys.ActorOf(PredictionJob.Props(work, TestActor, Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 100))), SupervisionTable.From(ConfigurationFactory.ParseString(""))));

    private PredictResult Finished() => (PredictResult)((StageFinished)FishForMessage(m => m is StageFinished)).Result;

    // Workers that are told to stop give theirs back on their own threads.
    private void AllGivenBack(FakePrediction work) => AwaitCondition(() => work.Made.All(IsGivenBack));

    private static bool IsGivenBack(Logits logits)
    {
        try
        {
            _ = logits.Head(0)[0];
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
