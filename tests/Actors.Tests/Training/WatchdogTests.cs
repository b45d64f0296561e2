using ActorSeg.Actors.Training;

namespace ActorSeg.Actors.Tests.Training;

public class WatchdogTests
{
    private static readonly Watchdog Fresh = Watchdog.Of(("a", Minutes(10)), ("b", Minutes(1)));

    [Fact]
    public void what_takes_longer_than_its_limit_is_told_once_with_its_work()
    {
        var at = Fresh.Begun("b", "work", Minutes(0)).Begun("a", "other work", Minutes(0));
        Assert.Empty(at.Look(Minutes(1)).Hanging);
        var (next, hanging) = at.Look(Minutes(2));
        Assert.Equal([new Hang("b", "work", Minutes(2), Minutes(1))], hanging);
        Assert.Empty(next.Look(Minutes(3)).Hanging);
    }

    [Fact]
    public void what_is_done_or_gone_or_waits_never_hangs()
    {
        Assert.Empty(Fresh.Begun("b", "work", Minutes(0)).Ended("b", Minutes(1)).Look(Minutes(100)).Hanging);
        Assert.Empty(Fresh.Begun("b", "work", Minutes(0)).Gone("b").Look(Minutes(100)).Hanging);
        Assert.Empty(Fresh.Look(Minutes(100)).Hanging);
    }

    [Fact]
    public void a_limit_grows_to_twenty_times_the_slowest_before_for_that_stage_alone()
    {
        var learned = Fresh.Begun("b", "work", Minutes(0)).Ended("b", Minutes(1)).Begun("b", "more", Minutes(10)).Begun("a", "other", Minutes(10));
        Assert.Empty(learned.Look(Minutes(20)).Hanging);
        Assert.Equal(["a", "b"], learned.Look(Minutes(31)).Hanging.Select(h => h.Stage));
    }

    [Fact]
    public void it_is_looked_at_often_enough_for_the_shortest_limit_and_not_all_the_time()
    {
        Assert.Equal(TimeSpan.FromSeconds(15), Fresh.Every);
        Assert.Equal(TimeSpan.FromSeconds(30), Watchdog.Of(("a", TimeSpan.FromHours(1))).Every);
        Assert.Equal(TimeSpan.FromMilliseconds(20), Watchdog.Of(("a", TimeSpan.FromMilliseconds(1))).Every);
    }

    private static TimeSpan Minutes(int n) => TimeSpan.FromMinutes(n);
}
