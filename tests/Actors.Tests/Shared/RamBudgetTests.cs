using ActorSeg.Actors.Shared;
using Akka.Actor;
using Akka.TestKit.Xunit2;
using FsCheck.Xunit;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;

namespace ActorSeg.Actors.Tests.Shared;

public class RamBudgetTests() : TestKit(TestConfig.Hocon)
{
    [Fact]
    public void a_request_waits_until_there_is_room_and_comes_in_order()
    {
        var budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 100)));
        var (a, b, c) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        budget.Tell(new RequestLease(80, "a"), a);
        a.ExpectMsg<LeaseGranted>();
        budget.Tell(new RequestLease(50, "b"), b);
        budget.Tell(new RequestLease(10, "c"), c);
        c.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        budget.Tell(ReleaseLease.Instance, a);
        b.ExpectMsg<LeaseGranted>(m => m.Bytes == 50);
        c.ExpectMsg<LeaseGranted>(m => m.Bytes == 10);
    }

    [Fact]
    public void a_dead_holders_bytes_come_back()
    {
        var budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 100)));
        var (a, b) = (CreateTestProbe(), CreateTestProbe());
        budget.Tell(new RequestLease(100, "a"), a);
        a.ExpectMsg<LeaseGranted>();
        budget.Tell(new RequestLease(100, "b"), b);
        Sys.Stop(a.Ref);
        b.ExpectMsg<LeaseGranted>();
    }

    [Fact]
    public void more_than_there_is_is_refused_at_once()
    {
        var budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 100)));
        budget.Tell(new RequestLease(101, "a"));
        ExpectMsg<LeaseRefused>(m => m is { Bytes: 101, Total: 100 });
    }

    [Fact]
    public void a_case_too_large_to_share_runs_when_it_is_alone_and_nobody_overtakes_it()
    {
        var budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 150)));
        var (small, large, other) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        budget.Tell(new RequestLease(10, "small"), small);
        small.ExpectMsg<LeaseGranted>();
        budget.Tell(new RequestLease(150, "large"), large);
        budget.Tell(new RequestLease(10, "other"), other);
        budget.Tell(ReleaseLease.Instance, small);
        large.ExpectMsg<LeaseGranted>(m => m.Bytes == 150);
        other.ExpectNoMsg(TimeSpan.Zero);
        budget.Tell(ReleaseLease.Instance, large);
        other.ExpectMsg<LeaseGranted>();
        budget.Tell(new RequestLease(151, "too large"));
        ExpectMsg<LeaseRefused>(m => m.Total == 150);
    }

    [Fact]
    public void what_a_worker_that_hangs_holds_is_not_counted_on_until_it_ends()
    {
        var budget = Sys.ActorOf(RamBudget.Props(new MemoryBudget(100, 150)));
        var (hangs, waits, fits) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe());
        budget.Tell(new RequestLease(80, "hangs"), hangs);
        hangs.ExpectMsg<LeaseGranted>();
        budget.Tell(new RequestLease(90, "waits"), waits);
        budget.Tell(new RequestLease(60, "fits"), fits);
        budget.Tell(new AbandonLease(hangs.Ref));
        waits.ExpectMsg<LeaseRefused>(m => m is { Bytes: 90, Total: 70 });
        fits.ExpectMsg<LeaseGranted>();
        budget.Tell(ReleaseLease.Instance, fits);
        budget.Tell(new RequestLease(90, "waits"), waits);
        waits.ExpectMsg<LeaseRefused>();
        Watch(hangs.Ref);
        Sys.Stop(hangs.Ref);
        ExpectTerminated(hangs.Ref);
        AwaitAssert(() =>
        {
            budget.Tell(new RequestLease(90, "waits"), waits);
            waits.ExpectMsg<LeaseGranted>();
        });
    }

    [Fact]
    public void garbage_is_collected_before_it_is_as_much_as_a_large_case()
    {
        var collections = 0;
        var budget = Sys.ActorOf(Props.Create(() => new RamBudget(new MemoryBudget(1L << 40, 1L << 40), () => Interlocked.Increment(ref collections))));
        for (var n = 1; n <= 4; n++)
        {
            budget.Tell(new RequestLease(RamBudget.MostGarbage / 2, "half"));
            ExpectMsg<LeaseGranted>();
            budget.Tell(ReleaseLease.Instance);
            // The next grant comes after the release was dealt with.
            budget.Tell(new RequestLease(0, "nothing"));
            ExpectMsg<LeaseGranted>();
            budget.Tell(ReleaseLease.Instance);
            Assert.Equal(n / 2, collections);
        }
    }

    [Property]
    public bool never_more_is_held_than_there_is((byte Holder, byte Bytes, byte Step)[] steps)
    {
        const long Total = 150, Alone = 220;
        var state = new RamBudgetState(Total, Alone);
        foreach (var (holder, bytes, step) in steps)
        {
            var name = (holder % 5).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var next = (step % 4) switch { 0 => state.Released(name), 1 when step > 200 => state.Abandoned(name), _ => bytes <= state.Most ? state.Requested(name, bytes) : state };
            (state, _) = next.Grant();
            var (held, lost) = (state.Held.Values.Sum(), state.Lost.Values.Sum());
            var many = held + lost <= Total || (state.Held.Count <= 1 && held + lost <= Alone);
            if (!many && state.Lost.IsEmpty) return false;
            if (!state.Waiting.IsEmpty && state.Waiting[0].Bytes <= state.Free) return false;
        }

        return true;
    }
}
