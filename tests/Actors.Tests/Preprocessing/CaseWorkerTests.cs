using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Preprocessing.FarmProtocol;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;

namespace ActorSeg.Actors.Tests.Preprocessing;

public class CaseWorkerTests() : TestKit(TestConfig.VirtualTime)
{
    [Fact]
    public void a_request_the_budget_forgot_is_made_again_and_the_case_is_done_once()
    {
        var (budget, farm) = (CreateTestProbe(), CreateTestProbe());
        var worker = farm.ChildActorOf(CaseWorker.Props(new OneCase(), budget, CancellationToken.None));
        farm.ExpectMsg<WantCase>();
        worker.Tell(new DoCase(new CaseId("a"), 1, 100), farm);
        budget.ExpectMsg<RequestLease>(m => m.Bytes == 100);
        ((TestScheduler)Sys.Scheduler).Advance(Patience);
        budget.ExpectMsg<RequestLease>(m => m.Bytes == 100);
        budget.Reply(new LeaseGranted(100));
        budget.Reply(new LeaseGranted(100));
        farm.ExpectMsg<CaseStarted>();
        farm.ExpectMsg<CaseDone>();
        farm.ExpectMsg<WantCase>();
        budget.ExpectMsg<ReleaseLease>();
        ((TestScheduler)Sys.Scheduler).Advance(Patience);
        budget.ExpectNoMsg(TimeSpan.Zero);
        farm.ExpectNoMsg(TimeSpan.Zero);
    }

    private sealed class OneCase : ICaseJob
    {
        public string Stage => "fake";

        public IReadOnlyList<CaseId> Cases { get; } = [new CaseId("a")];

        public long PeakBytes(CaseId id) => 100;

        public object? Do(CaseId id, CancellationToken stop) => null;

        public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined) => new FileResult("");
    }
}
