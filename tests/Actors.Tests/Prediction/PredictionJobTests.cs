using System.Collections.Concurrent;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Prediction;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Prediction;

public class PredictionJobTests() : TestKit(TestConfig.Hocon)
{
    [Fact]
    public void every_case_passes_loader_predictor_ensembler_and_exporter_with_all_folds()
    {
        var work = new FakeWork(folds: 3, "a", "b", "c");
        Start(work);
        Assert.Equal(3, Finished().Done);
        // Each fold gives its number; the average of 1, 2 and 3 is 2.
        Assert.Equal([("a", 2f), ("b", 2f), ("c", 2f)], work.Exported.Order());
    }

    [Theory, InlineData("case-loader"), InlineData("predictor"), InlineData("ensembler"), InlineData("exporter")]
    public void a_worker_that_dies_once_is_replaced_and_its_case_starts_over(string worker)
    {
        var work = new FakeWork(folds: 2, "a", "b", "c") { Fail = (at, id, attempt) => at == worker && id == "b" && attempt == 1 ? new InvalidOperationException("boom") : null };
        Start(work);
        Assert.Equal(3, Finished().Done);
        Assert.Equal([("a", 1.5f), ("b", 1.5f), ("c", 1.5f)], work.Exported.Distinct().Order());
    }

    [Theory, InlineData("case-loader"), InlineData("predictor"), InlineData("ensembler"), InlineData("exporter")]
    public void a_case_that_kills_a_worker_every_time_is_quarantined_and_the_others_go_on(string worker)
    {
        var work = new FakeWork(folds: 2, "a", "b", "c") { Fail = (at, id, _) => at == worker && id == "b" ? new InvalidOperationException("boom") : null };
        Start(work);
        var end = Finished();
        Assert.Equal(2, end.Done);
        var lost = Assert.Single(end.Quarantined);
        Assert.Equal(("b", "boom"), (lost.Case.Value, lost.Cause));
        Assert.Contains(worker, lost.Stage);
    }

    [Fact]
    public void a_slow_exporter_holds_back_the_predictor()
    {
        var work = new FakeWork(folds: 1, [.. Enumerable.Range(0, 20).Select(i => $"c{i:00}")]);
        work.ExporterGate.Reset();
        Start(work);
        AwaitCondition(() => work.Predicted == 3);
        // One at the exporter, one waiting for it, one waiting for the ensembler: no more fits.
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(3, work.Predicted);
        work.ExporterGate.Set();
        Assert.Equal(20, Finished().Done);
    }

    [Fact]
    public void a_model_that_cannot_be_loaded_fails_the_job()
    {
        Start(new FakeWork(folds: 1, "a") { BadModel = true });
        Assert.Contains("model.pth", ((StageFailed)FishForMessage(m => m is StageFailed)).Cause.Message);
    }

    private void Start(FakeWork work) =>
        Sys.ActorOf(PredictionJob.Props(work, TestActor, Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 100))), SupervisionTable.From(ConfigurationFactory.ParseString(""))));

    private PredictResult Finished() => (PredictResult)((StageFinished)FishForMessage(m => m is StageFinished)).Result;

    private sealed class FakeWork(int folds, params string[] cases) : IPredictionWork
    {
        private readonly ConcurrentDictionary<(string, string), int> _attempts = new();
        private string _atEnsembler = "";
        private int _predicted;

        public Func<string, string, int, Exception?> Fail { get; init; } = (_, _, _) => null;

        public bool BadModel { get; init; }

        public ManualResetEventSlim ExporterGate { get; } = new(true);

        public ConcurrentBag<(string Case, float Value)> Exported { get; } = [];

        public int Predicted => _predicted;

        public string Stage => "fake";

        public IReadOnlyList<CaseId> Cases { get; } = [.. cases.Select(c => new CaseId(c))];

        public int Folds => folds;

        public long PeakBytes => 10;

        public PreprocessedCase Load(CaseId id, CancellationToken stop)
        {
            Meet("case-loader", id.Value);
            // The case's name travels as its geometry's only number, so that later stages know whom they serve.
            var geometry = new ImageGeometry([Array.FindIndex(cases, c => c == id.Value)], [], []);
            return new PreprocessedCase(new Volume<float>(1, new VolumeShape(1, 1, 1)), null, new CaseProperties(default, geometry, default, default, default, null));
        }

        public IPredictionEngine CreateEngine() => BadModel ? throw new DataException("model.pth", "is truncated", "copy it again") : new Engine(this);

        public Volume<float> AddFold(Volume<float>? sum, Volume<float> logits)
        {
            Meet("ensembler", _atEnsembler = cases[(int)logits.Data[1]]);
            return new Volume<float>(1, new VolumeShape(1, 1, 2), [(sum?.Data[0] ?? 0) + logits.Data[0], logits.Data[1]]);
        }

        public Volume<float> Average(Volume<float> sum) => new(1, new VolumeShape(1, 1, 2), [sum.Data[0] / folds, sum.Data[1]]);

        public void Export(CaseId id, Volume<float> logits, CaseProperties properties, CancellationToken stop)
        {
            ExporterGate.Wait(stop);
            Meet("exporter", id.Value);
            Exported.Add((id.Value, logits.Data[0]));
        }

        public JobResult Finish(int done, IReadOnlyList<QuarantinedCase> quarantined) => new PredictResult("", done, 0, quarantined);

        private void Meet(string worker, string id)
        {
            if (Fail(worker, id, _attempts.AddOrUpdate((worker, id), 1, (_, n) => n + 1)) is { } error) throw error;
        }

        private sealed class Engine(FakeWork owner) : IPredictionEngine
        {
            public Volume<float> Predict(PreprocessedCase loaded, int fold, CancellationToken stop)
            {
                var index = (float)loaded.Properties.Geometry.Spacing[0];
                owner.Meet("predictor", owner.Cases[(int)index].Value);
                Interlocked.Increment(ref owner._predicted);
                return new Volume<float>(1, new VolumeShape(1, 1, 2), [fold + 1, index]);
            }

            public void Dispose()
            {
            }
        }
    }
}
