using System.Collections.Concurrent;
using System.Security.Cryptography;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Checkpoints;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>The real builder and the real trainer, on a small phantom.</summary>
public class RealLoadingTests : TestKit, IClassFixture<PhantomTraining>
{
    private static readonly SupervisionTable Rules = SupervisionTable.From(ConfigurationFactory.ParseString("actorseg.supervision.sample.backoff = 1ms"));

    private readonly PhantomTraining _phantom;
    private readonly IActorRef _budget;
    private TestProbe? _run;

    public RealLoadingTests(PhantomTraining phantom) : base(TestConfig.Hocon)
    {
        _phantom = phantom;
        Sys.ActorOf(BatchReaper.Props());
        _budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(long.MaxValue, long.MaxValue)));
    }

    [Fact]
    public void batches_have_the_same_bytes_from_1_2_and_8_workers_before_and_after_their_deaths()
    {
        var setup = _phantom.Setup();
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        using var engines = new ComputeEngines(setup, claim);
        var keys = Enumerable.Range(0, 8).Select(n => new BatchKey(7, new Fold(0), false, n / 4, n % 4)).ToList();
        var expected = keys.Select(key => Digest(engines.Batches.Build(key, new HashSet<CaseId>(), CancellationToken.None))).ToList();
        foreach (var workers in (int[])[1, 2, 8])
        {
            var dying = new DyingSource(engines.Batches);
            Assert.Equal(expected, Load(setup, dying, workers, keys, _ => { }));
            Assert.True(dying.Deaths >= 4);
        }
    }

    [Fact]
    public void workers_killed_at_random_while_a_training_runs_leave_its_weights_as_they_would_have_been()
    {
        var whole = _phantom.Setup();
        Train(whole, workers: 1, _ => { });
        foreach (var (workers, seed) in new[] { (2, 1), (4, 2) })
        {
            var disturbed = _phantom.Setup();
            var (random, killed) = (new Random(seed), 0);
            Train(disturbed, workers, run =>
            {
                // At most all but one; names count up as workers are replaced, so that some of the kills are of the dead.
                for (var n = random.Next(1, workers); n > 0; n--, killed++) Sys.ActorSelection(run.Path / "loader" / $"augmenter-{random.Next(1, killed + workers + 1)}").Tell(Kill.Instance);
            });
            Assert.True(killed >= 8);
            Assert.Equal(WeightsOf(whole), WeightsOf(disturbed));
        }
    }

    [Fact]
    public void a_case_that_is_cut_short_under_the_loader_is_left_out_and_the_batches_without_it_are_a_function_of_that()
    {
        var setup = _phantom.Setup();
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        using var engines = new ComputeEngines(setup, claim);
        var keys = Enumerable.Range(0, 8).Select(n => new BatchKey(7, new Fold(0), false, n / 4, n % 4)).ToList();
        var bad = engines.Batches.CasesOf(keys[7], new HashSet<CaseId>())[0];
        var expected = keys.Select((key, n) => Digest(engines.Batches.Build(key, new HashSet<CaseId>(n < 3 ? [] : [bad]), CancellationToken.None))).ToList();
        var digests = Load(setup, engines.Batches, 2, keys, key =>
        {
            if (key == keys[3]) Cut(PhantomTraining.ArraysOf(setup, bad));
        });
        var lost = ((CaseLost)_run!.FishForMessage(m => m is CaseLost)).Lost;
        Assert.Equal((bad, FaultKind.Data), (lost.Case, lost.Kind));
        // What lay ready already when the file was cut may still hold the case; everything after is as if it had never been.
        Assert.Equal(expected.Take(3), digests.Take(3));
        Assert.Equal(expected[7], digests[7]);
    }

    [Fact]
    public void a_case_that_vanishes_or_changes_under_the_loader_is_made_again_where_its_raw_files_are_there()
    {
        var told = new ConcurrentQueue<string>();
        var setup = _phantom.Setup(store => _phantom.Repairing(store, told.Enqueue));
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        using var engines = new ComputeEngines(setup, claim, openBytes: 0);
        var keys = Enumerable.Range(0, 8).Select(n => new BatchKey(7, new Fold(0), false, n / 4, n % 4)).ToList();
        var expected = keys.Select(key => Digest(engines.Batches.Build(key, new HashSet<CaseId>(), CancellationToken.None))).ToList();
        // Once each, by one worker: a case that is damaged again and again while it is read would rightly be left out.
        var digests = Load(setup, engines.Batches, 1, keys, key =>
        {
            foreach (var id in setup.Split.Train)
                if (key == keys[2]) File.Delete(PhantomTraining.ArraysOf(setup, id));
                else if (key == keys[5] && File.Exists(PhantomTraining.ArraysOf(setup, id))) Cut(PhantomTraining.ArraysOf(setup, id));
        });
        Assert.Equal(expected, digests);
        Assert.NotEmpty(told);
        Assert.All(told, text => Assert.Contains("made again", text));
    }

    private IReadOnlyList<string> Load(TrainingSetup setup, IBatchSource source, int workers, IReadOnlyList<BatchKey> keys, Action<BatchKey> before)
    {
        var plan = Plan(setup, workers);
        var parts = new LoaderParts(plan, LoaderRules.Of(Rules, strict: false), source, _budget, [], TimeProvider.System, CancellationToken.None);
        _run = CreateTestProbe();
        var loader = _run.ChildActorOf(DataLoader.Props(parts));
        var consumer = CreateTestProbe();
        var digests = keys.Select(key =>
        {
            before(key);
            loader.Tell(new WantBatch(key), consumer);
            return Digest(consumer.ExpectMsg<BatchReady>(TimeSpan.FromMinutes(1)).Batch);
        }).ToList();
        consumer.Watch(loader);
        Sys.Stop(loader);
        consumer.ExpectTerminated(loader, TimeSpan.FromMinutes(1));
        return digests;
    }

    private void Train(TrainingSetup setup, int workers, Action<IActorRef> atEachStep)
    {
        using var claim = RunClaim.Take(setup.FoldFolder, "cpu", TimeProvider.System);
        var run = Sys.ActorOf(TrainingRun.Props(Plan(setup, workers), new ComputeEngines(setup, claim), TestActor, _budget, Rules, TimeProvider.System));
        FishForMessage(
            m =>
            {
                if (m is JobProgress) atEachStep(run);
                Assert.IsNotType<StageFailed>(m);
                return m is StageFinished;
            },
            TimeSpan.FromMinutes(2));
    }

    private static TrainingPlan Plan(TrainingSetup setup, int workers) => new(
        "phantom", setup.FoldFolder, setup.Job.Fold, setup.Options, new LoadingPlan(workers, workers, Prefetch: 2, Buffer: 1L << 40, TimeSpan.FromMinutes(10), Strict: false),
        TimeSpan.FromHours(1));

    private static string WeightsOf(TrainingSetup setup) => CheckpointFile.Describe(Path.Combine(setup.FoldFolder, CheckpointSet.Final)).WeightsSha256;

    private static string Digest(Batch batch)
    {
        using (batch) return Convert.ToHexString(SHA256.HashData([.. batch.Data.bytes, .. batch.Targets.SelectMany(target => target.bytes.ToArray())]));
    }

    private static void Cut(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        stream.SetLength(stream.Length / 3);
    }

    /// <summary>Kills the worker at the first try of every other batch, when it is all but ready.</summary>
    private sealed class DyingSource(IBatchSource source) : IBatchSource
    {
        private readonly ConcurrentDictionary<BatchKey, int> _tries = new();
        private int _deaths;

        public int Deaths => _deaths;

        public LoadingBytes Bytes => source.Bytes;

        public IReadOnlyList<CaseId> CasesOf(BatchKey key, IReadOnlySet<CaseId> without) => source.CasesOf(key, without);

        public Batch Build(BatchKey key, IReadOnlySet<CaseId> without, CancellationToken stop)
        {
            var batch = source.Build(key, without, stop);
            if (key.Index % 2 == 0 || _tries.AddOrUpdate(key, 1, (_, n) => n + 1) > 1) return batch;
            batch.Dispose();
            Interlocked.Increment(ref _deaths);
            throw new InvalidOperationException("boom");
        }
    }
}
