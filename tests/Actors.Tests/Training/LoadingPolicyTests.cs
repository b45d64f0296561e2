using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>How many workers, how much memory, how long is too long, and who is at fault: each a function.</summary>
public class LoadingPolicyTests
{
    private static readonly LoadWindow Starved = new(0.5, 0, Counts: true), Fed = new(0, 4, Counts: true), Between = new(0.01, 2, Counts: true), Silent = new(0, null, Counts: true);

    [Fact]
    public void a_worker_is_added_for_each_window_in_which_the_trainer_waited_up_to_the_most()
    {
        var count = new WorkerCount(1, 3);
        Assert.Equal([2, 3, 3], Enumerable.Range(0, 3).Select(_ => (count = count.After(Starved, full: 4)).Workers));
        Assert.Equal(1, new WorkerCount(1, 3).After(Between, 4).Workers);
    }

    [Fact]
    public void waiting_for_the_first_batch_of_all_adds_nobody() => Assert.Equal(1, new WorkerCount(1, 3).After(Starved with { Counts = false }, 4).Workers);

    [Fact]
    public void a_worker_goes_when_all_lay_ready_for_twelve_windows_in_a_row()
    {
        var count = new WorkerCount(1, 3).After(Starved, 4);
        count = Repeat(count, Fed, 11);
        Assert.Equal(2, count.Workers);
        Assert.Equal(1, count.After(Fed, 4).Workers);
        // One that was not full begins the count anew; one in which nobody asked says nothing.
        count = Repeat(count.After(Between, 4), Fed, 11).After(Silent, 4);
        Assert.Equal(2, count.Workers);
        Assert.Equal(1, count.After(Fed, 4).Workers);
    }

    [Fact]
    public void a_worker_that_was_missed_after_it_went_stays_twice_as_long_the_next_time()
    {
        var count = Repeat(new WorkerCount(1, 3).After(Starved, 4), Fed, 12).After(Starved, 4);
        Assert.Equal(2, Repeat(count, Fed, 23).Workers);
        Assert.Equal(1, Repeat(count, Fed, 24).Workers);
    }

    [Fact]
    public void a_fixed_number_stays()
    {
        var count = new WorkerCount(2, 2);
        Assert.Equal(2, count.After(Starved, 4).Workers);
        Assert.Equal(2, Repeat(count, Fed, 100).Workers);
        Assert.Equal(1, count.UpTo(1).Workers);
    }

    [Theory]
    [InlineData(3, null, 8.0, 3, 3)]
    [InlineData(3, 5, 8.0, 3, 3)]
    [InlineData(0, 5, 8.0, 5, 5)]
    [InlineData(0, 0, 8.0, 1, 1)]
    [InlineData(0, null, 8.0, 1, 8)]
    [InlineData(0, null, 2.9, 1, 2)]
    [InlineData(0, null, 0.5, 1, 1)]
    public void the_setting_fixes_the_number_then_the_users_variable_and_else_the_quota_bounds_it(int setting, int? wish, double processors, int fewest, int most) =>
        Assert.Equal((fewest, most), new LoadingSettings(setting, processors, 4, 1, TimeSpan.FromMinutes(1), false).WorkersFor(wish));

    [Fact]
    public void the_meter_tells_which_part_of_a_window_the_trainer_waited_also_of_a_wait_that_goes_on()
    {
        var meter = new LoadMeter(TimeSpan.Zero).Asked(Seconds(1), 0).Given(Seconds(2)).Asked(Seconds(4), 3).Given(Seconds(4)).Asked(Seconds(8), 1);
        (meter, var window) = meter.Close(Seconds(10));
        Assert.Equal(new LoadWindow(0.3, 0, Counts: false), window);
        (meter, window) = meter.Asked(Seconds(11), 1).Close(Seconds(20));
        Assert.Equal(new LoadWindow(1, 1, Counts: true), window);
        (meter, window) = meter.Given(Seconds(21)).Close(Seconds(30));
        Assert.Equal(new LoadWindow(0.1, null, Counts: true), window);
        Assert.Equal(new LoadWindow(0, null, Counts: true), meter.Close(Seconds(40)).Window);
    }

    [Fact]
    public void memory_is_what_is_of_use_within_the_limit_and_enough_for_one_worker_whatever_it_says()
    {
        var sizes = new LoadingBytes(100, 30, 1000);
        // Four ahead of one worker and one a further worker, two that are waited for, and what each worker holds.
        Assert.Equal(((4 + 2 + 2) * 100) + (3 * 30), LoaderRoom.Within(1 << 20, prefetch: 4, workers: 3, sizes).Total);
        Assert.Equal(500, LoaderRoom.Within(500, 4, 3, sizes).Total);
        Assert.Equal(230, LoaderRoom.Within(1, 4, 3, sizes).Total);
        var room = LoaderRoom.Within(500, 4, 3, sizes);
        Assert.Equal([2, 2, 2, 1], Enumerable.Range(1, 4).Select(room.Ahead));
        Assert.Equal(3, room.Workers(8));
        Assert.Equal((0, 1), (LoaderRoom.Within(1, 4, 3, sizes).Ahead(1), LoaderRoom.Within(1, 4, 3, sizes).Workers(8)));
    }

    [Fact]
    public void what_hangs_is_learned_from_the_slowest_and_never_less_than_the_floor()
    {
        var limit = new LearnedLimit(Seconds(60));
        Assert.Equal(Seconds(60), limit.Took(Seconds(2)).Limit);
        Assert.Equal(Seconds(100), limit.Took(Seconds(5)).Took(Seconds(1)).Limit);
    }

    [Fact]
    public void a_suspect_is_lost_once_a_batch_is_built_that_was_begun_without_it()
    {
        var lost = new LostCase(new CaseId("a"), 3, "broken");
        var faults = new CaseFaults().Suspect(lost, build: 7);
        Assert.Contains(lost.Case, faults.Out);
        Assert.Empty(faults.Built([new CaseId("b")], build: 6).Lost);
        var (after, told) = faults.Built([new CaseId("b")], build: 7);
        Assert.Equal([lost], told);
        Assert.Contains(lost.Case, after.Acquit().Out);
        Assert.Empty(faults.Acquit().Out);
    }

    [Fact]
    public void failures_count_in_a_row()
    {
        var (faults, n) = new CaseFaults().Failed(new CaseId("a"));
        (faults, n) = faults.Failed(new CaseId("a"));
        Assert.Equal(2, n);
        (_, n) = faults.Built([new CaseId("a")], 1).Next.Failed(new CaseId("a"));
        Assert.Equal(1, n);
    }

    [Theory]
    [InlineData(10, 0.5, 5, 9, Bottleneck.Trainer)]
    [InlineData(10, 2, 5, 9, Bottleneck.Augmentation)]
    [InlineData(10, 2, 9, 5, Bottleneck.Disk)]
    [InlineData(0, 0, 0, 0, Bottleneck.Trainer)]
    public void the_bottleneck_is_the_trainer_unless_it_waits(double compute, double wait, double read, double augment, Bottleneck expected) =>
        Assert.Equal(expected, new EpochCost(1, compute, wait, read, augment, 1, 1).Bottleneck);

    [Fact]
    public void costs_add_up_and_depths_are_means()
    {
        var cost = EpochCost.None.With(new BatchCost(Seconds(1), Seconds(2)), 3, 4, ready: 0, workers: 1).With(new BatchCost(Seconds(1), Seconds(2)), 3, 4, ready: 3, workers: 2);
        Assert.Equal(new EpochCost(2, 6, 8, 2, 4, 1.5, 1.5), cost);
        var copied = cost.WithCopy(0.02).WithCopy(0.01);
        Assert.Equal((2, 0.03, 0.02), (copied.Copies, copied.Copying, copied.SlowestCopy));
        Assert.EndsWith("; 2 copies of the weights, 20 ms at most", EpochTexts.Where(copied));
        Assert.Equal(copied.Copies, copied.With(default, 1, 1, 1, 1).Copies);
    }

    private static WorkerCount Repeat(WorkerCount count, LoadWindow window, int times) => Enumerable.Range(0, times).Aggregate(count, (c, _) => c.After(window, full: 4));

    private static TimeSpan Seconds(double n) => TimeSpan.FromSeconds(n);
}
