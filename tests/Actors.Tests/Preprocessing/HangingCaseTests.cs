using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Preprocessing;
using ActorSeg.Compute;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Preprocessing.FarmProtocol;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;

namespace ActorSeg.Actors.Tests.Preprocessing;

/// <summary>Workers do what the test says, and time passes when it says so.</summary>
public class HangingCaseTests : TestKit
{
    private static readonly TimeSpan Stall = TimeSpan.FromMinutes(10);
    private static readonly CaseId A = new("a"), B = new("b");

    private readonly TestProbe _hand, _budget;
    private readonly IActorRef _farm;

    public HangingCaseTests()
        : base(TestConfig.VirtualTime)
    {
        (_hand, _budget) = (CreateTestProbe(), CreateTestProbe());
        var hand = _hand.Ref;
        Func<CancellationToken, Props> puppet = _ => Props.Create(() => new Puppet(hand));
        var (job, owner, budget) = (new TwoCases(), TestActor, _budget.Ref);
        _farm = Sys.ActorOf(Props.Create(() => new PreprocessingFarm(job, owner, budget, puppet, new FarmRules(1, 2, Stall))));
    }

    [Fact]
    public void its_worker_is_given_up_with_its_memory_and_another_tries_the_case_again()
    {
        var first = Dealt(A, attempt: 1);
        Say(first, new CaseStarted(A, 1));
        Advance(Stall - TimeSpan.FromSeconds(1));
        ExpectNoMsg(TimeSpan.Zero);
        Advance(TimeSpan.FromSeconds(1));
        var warning = ExpectMsg<JobWarning>().Text;
        Assert.Contains("a has not ended within 00:10:00", warning);
        Assert.Contains(first.Path.Name, warning);
        _budget.ExpectMsg<AbandonLease>(m => m.Holder.Equals(first));

        var second = Dealt(B, attempt: 1);
        Assert.NotEqual(first, second);
        Say(second, new CaseStarted(B, 1), new CaseDone(B, 1, null), WantCase.Instance);
        second = Dealt(A, attempt: 2);
        Say(second, new CaseStarted(A, 2));
        Advance(Stall);
        var result = (PreprocessResult)((StageFinished)FishForMessage(m => m is StageFinished)).Result;
        var lost = Assert.Single(result.Quarantined);
        Assert.Equal(("a", 2), (lost.Case.Value, lost.Tries));
        Assert.Contains("did not end within 00:10:00", lost.Cause);
    }

    [Fact]
    public void slow_cases_before_it_give_it_more_time()
    {
        var worker = Dealt(A, attempt: 1);
        Say(worker, new CaseStarted(A, 1));
        Advance(TimeSpan.FromMinutes(5));
        Say(worker, new CaseDone(A, 1, null), WantCase.Instance);
        ExpectMsg<JobProgress>();
        worker = Dealt(B, attempt: 1);
        Say(worker, new CaseStarted(B, 1));
        Advance(TimeSpan.FromMinutes(99));
        ExpectNoMsg(TimeSpan.Zero);
        Advance(TimeSpan.FromMinutes(1));
        Assert.Contains("01:40:00", ExpectMsg<JobWarning>().Text);
    }

    private IActorRef Dealt(CaseId id, int attempt)
    {
        _hand.ExpectMsg<DoCase>(m => m.Case == id && m.Attempt == attempt);
        return _hand.LastSender;
    }

    // Back when the farm has dealt with it.
    private void Say(IActorRef worker, params object[] words)
    {
        var listener = CreateTestProbe();
        worker.Tell(new Script(words), listener);
        listener.ExpectMsg<Said>();
        _farm.Tell(new Identify(null), listener);
        listener.ExpectMsg<ActorIdentity>();
    }

    private void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);

    private sealed record Script(object[] Words);

    private sealed record Said;

    private sealed class Puppet : ReceiveActor
    {
        public Puppet(IActorRef hand)
        {
            Context.Parent.Tell(WantCase.Instance);
            Receive<DoCase>(m => hand.Tell(m));
            Receive<Script>(m =>
            {
                foreach (var word in m.Words) Context.Parent.Tell(word);
                Sender.Tell(new Said());
            });
        }
    }

    private sealed class TwoCases : ICaseJob
    {
        public string Stage => "fake";

        public IReadOnlyList<CaseId> Cases { get; } = [A, B];

        public long PeakBytes(CaseId id) => 1;

        public object? Do(CaseId id, CancellationToken stop) => throw new NotSupportedException();

        public JobResult Finish(IReadOnlyDictionary<CaseId, object?> results, IReadOnlyList<QuarantinedCase> quarantined) => new PreprocessResult([], results.Count, 0, quarantined);
    }
}
