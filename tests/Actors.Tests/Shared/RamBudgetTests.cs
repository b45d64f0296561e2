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

    [Property]
    public bool never_more_is_held_than_there_is((byte Holder, byte Bytes, bool Release)[] steps)
    {
        var state = new RamBudgetState(300, 300);
        foreach (var (holder, bytes, release) in steps)
        {
            var name = (holder % 5).ToString(System.Globalization.CultureInfo.InvariantCulture);
            (state, _) = (release ? state.Released(name) : state.Requested(name, bytes)).Grant();
            if (state.Free < 0) return false;
            if (!state.Waiting.IsEmpty && state.Waiting[0].Bytes <= state.Free) return false;
        }

        return true;
    }
}
