using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Preprocessing;

public class FarmTests() : TestKit(TestConfig.Hocon)
{
    [Fact]
    public void every_case_is_done_once_and_the_job_is_finished_with_their_results()
    {
        var job = new FakeCases("a", "b", "c", "d", "e");
        Start(job, workers: 3);
        var end = Finished();
        Assert.Equal(5, end.Done);
        Assert.Equal(["a", "b", "c", "d", "e"], job.Calls.Order());
    }

    [Fact]
    public void a_case_that_throws_once_is_done_by_the_replaced_worker()
    {
        var job = new FakeCases("a", "b") { Fail = (id, attempt) => id == "a" && attempt == 1 ? new InvalidOperationException("boom") : null };
        Start(job, workers: 1);
        var end = Finished();
        Assert.Equal(2, end.Done);
        Assert.Empty(end.Quarantined);
    }

    [Fact]
    public void workers_killed_at_every_case_leave_none_undone()
    {
        using var release = new SemaphoreSlim(0);
        var job = new FakeCases("a", "b", "c", "d", "e", "f") { Meanwhile = release.Wait };
        var farm = Start(job, workers: 2);
        for (var n = 1; n <= 6; n++)
        {
            // A worker in the middle of a case heeds the kill when it is through; its case is done, the next is another worker's.
            AwaitCondition(() => job.Calls.Count >= Math.Min(n + 1, 6));
            Sys.ActorSelection(farm.Path / "*").Tell(Kill.Instance);
            release.Release();
        }

        Assert.Equal(6, Finished().Done);
    }

    [Fact]
    public void a_case_whose_tries_are_spent_is_quarantined_with_its_cause_and_the_others_go_on()
    {
        var job = new FakeCases("a", "b", "c") { Fail = (id, _) => id == "b" ? new InvalidOperationException("boom") : null };
        Start(job, workers: 2);
        var end = Finished();
        Assert.Equal(2, end.Done);
        var lost = Assert.Single(end.Quarantined);
        Assert.Equal(("b", 3, "boom"), (lost.Case.Value, lost.Tries, lost.Cause));
    }

    [Fact]
    public void a_file_that_is_wrong_is_not_tried_again()
    {
        var job = new FakeCases("a") { Fail = (_, _) => new DataException("a.nii.gz", "is truncated", "copy it again") };
        Start(job, workers: 1);
        Assert.Equal(1, Assert.Single(Finished().Quarantined).Tries);
    }

    [Fact]
    public void a_case_larger_than_the_budget_is_refused_with_the_bytes_needed_and_there()
    {
        var job = new FakeCases("small", "large") { Bytes = id => id == "large" ? 3000L << 20 : 1 };
        Start(job, workers: 1, budget: 1000L << 20);
        var lost = Assert.Single(Finished().Quarantined);
        Assert.Contains("needs 3000 MiB", lost.Cause);
        Assert.Contains("1000 MiB", lost.Cause);
        Assert.Equal(FaultKind.Resource, lost.Kind);
    }

    [Fact]
    public void a_disk_that_cannot_be_written_to_ends_the_job_instead_of_blaming_every_case()
    {
        var job = new FakeCases("a", "b", "c", "d") { Fail = (id, _) => id == "a" ? null : new StorageException("disk full") };
        Start(job, workers: 1);
        var failed = (StageFailed)FishForMessage(m => m is StageFailed or StageFinished);
        Assert.Equal("disk full", failed.Cause.Message);
        Assert.InRange(job.Calls.Count(id => id == "b"), 1, 3);
    }

    [Fact]
    public void stopping_ends_the_farm_and_cancels_what_is_under_way()
    {
        var job = new FakeCases("a") { WaitForCancel = true };
        var farm = Start(job, workers: 1);
        AwaitCondition(() => job.Calls.Contains("a"));
        farm.Tell(StopStage.Instance);
        FishForMessage(m => m is StageStopped);
        AwaitCondition(() => job.Cancelled);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void what_a_job_holds_is_given_back_when_its_farm_ends_however_that_is(bool stopped)
    {
        var job = new FakeCases("a") { WaitForCancel = stopped };
        var farm = Start(job, workers: 1);
        if (stopped) farm.Tell(StopStage.Instance);
        AwaitCondition(() => job.IsDisposed);
    }

    [Fact]
    public void a_late_answer_about_an_earlier_attempt_means_nothing()
    {
        var id = new CaseId("a");
        var (state, _) = new FarmState([new CaseWork(id)], 3).Wanted("w").Deal();
        var (again, _) = state.Lost("w", began: true, new InvalidOperationException()).Wanted("w").Deal();
        Assert.Same(again, again.Succeeded("w", id, attempt: 1, null));
        Assert.Contains(id, again.Succeeded("w", id, attempt: 2, null).Done.Keys);
    }

    [Fact]
    public void a_worker_that_dies_before_it_began_costs_its_case_no_try()
    {
        var id = new CaseId("a");
        var state = new FarmState([new CaseWork(id), new CaseWork(new CaseId("b"))], Tries: 1);
        for (var n = 0; n < 5; n++) state = state.Wanted("w").Deal().Next.Lost("w", began: false, new InvalidOperationException());
        Assert.Equal([new CaseWork(id), new CaseWork(new CaseId("b"))], state.Waiting);
        Assert.Equal(id, Assert.Single(state.Wanted("w").Deal().Next.Lost("w", began: true, new InvalidOperationException()).Quarantined).Case);
    }

    private IActorRef Start(FakeCases job, int workers, long budget = long.MaxValue) =>
        Sys.ActorOf(PreprocessingFarm.Props(job, TestActor, Sys.ActorOf(RamBudget.Props(new MemoryBudget(budget, budget))), new FarmRules(workers, 3, TimeSpan.FromMinutes(10))));

    private PreprocessResult Finished() => (PreprocessResult)((StageFinished)FishForMessage(m => m is StageFinished)).Result;

    private sealed class FakeCases(params string[] cases) : ICaseJob, IDisposable
    {
        private readonly Dictionary<string, int> _attempts = [];

        public System.Collections.Concurrent.ConcurrentQueue<string> Calls { get; } = [];

        public Func<string, int, Exception?> Fail { get; init; } = (_, _) => null;

        public Func<string, long> Bytes { get; init; } = _ => 1;

        public bool WaitForCancel { get; init; }

        public Action Meanwhile { get; init; } = () => { };

        public bool Cancelled { get; private set; }

        public bool IsDisposed { get; private set; }

        public string Stage => "fake";

        public IReadOnlyList<CaseId> Cases { get; } = [.. cases.Select(c => new CaseId(c))];

        public long PeakBytes(CaseId id) => Bytes(id.Value);

        public object? Do(CaseId id, CancellationToken stop)
        {
            int attempt;
            lock (_attempts)
            {
                attempt = _attempts[id.Value] = _attempts.GetValueOrDefault(id.Value) + 1;
                Calls.Enqueue(id.Value);
            }

            Meanwhile();
            if (WaitForCancel)
            {
                stop.WaitHandle.WaitOne();
                Cancelled = true;
            }

            if (Fail(id.Value, attempt) is { } error) throw error;
            return id.Value;
        }

        public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined)
        {
            Assert.All(results, r => Assert.Equal(r.Key.Value, r.Value));
            return new PreprocessResult([], results.Count, 0, quarantined);
        }

        public void Dispose() => IsDisposed = true;
    }
}
