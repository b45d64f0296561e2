using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Shared.RamBudgetProtocol;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Demand, memory and the number of workers.</summary>
public class DataLoaderTests : LoaderStage
{
    [Fact]
    public void nothing_is_built_before_memory_is_leased_and_the_wait_is_told()
    {
        Start(prefetch: 3, leased: false);
        Want(First);
        // Three ahead, two that are waited for, what the worker holds, and the cases kept open.
        var asked = Budget.ExpectMsg<RequestLease>();
        Assert.Equal(500 + 10 + 1000, asked.Bytes);
        NothingDealt();
        Advance(Patience);
        Assert.Contains("waits for", ExpectMsg<JobWarning>().Text);
        Assert.Equal(asked, Budget.ExpectMsg<RequestLease>());
        Grant(asked);
        Dealt(First);
        Advance(TimeSpan.FromMinutes(1));
        Budget.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void memory_that_can_never_be_had_ends_the_run_with_the_bytes_needed_and_there()
    {
        Start(leased: false);
        var asked = Budget.ExpectMsg<RequestLease>();
        Loader.Tell(new LeaseRefused(asked.Bytes << 20, 7 << 20, asked.What));
        var given = ExpectMsg<BatchGivenUp>();
        Assert.Null(given.Key);
        var cause = Assert.IsType<ResourceException>(LoaderTexts.Ending(given));
        Assert.Contains("needs 1510 MiB of memory and there are 7 MiB", cause.Message);
    }

    [Fact]
    public void batches_in_flight_never_take_more_bytes_than_leased_however_many_may_be_prefetched()
    {
        Start(prefetch: 50, buffer: 640);
        Want(First);
        var worker = Dealt(First);
        Built(worker, First);
        Assert.Equal(First, Trainer.ExpectMsg<BatchReady>().Batch.Key);
        // Six fit, of which two places are kept for what is waited for.
        for (var n = 1; n <= 4; n++) Built(Dealt(Key(n)), Key(n));
        NothingDealt();
        Assert.Equal(5, Alive);
    }

    [Fact]
    public void a_trainer_that_stops_asking_makes_nothing_grow_and_a_loader_that_ends_disposes_what_it_holds()
    {
        Start(prefetch: 3);
        Want(First);
        Built(Dealt(First), First);
        Trainer.ExpectMsg<BatchReady>().Batch.Dispose();
        for (var n = 1; n <= 3; n++) Built(Dealt(Key(n)), Key(n));
        for (var n = 0; n < 10; n++) Advance(60);
        NothingDealt();
        Assert.Equal(3, Alive);
        Sys.Stop(Loader);
        AwaitAssert(() => Assert.Equal(0, Alive));
    }

    [Fact]
    public void a_batch_whose_receiver_is_dead_is_disposed()
    {
        Start();
        Want(First);
        var worker = Dealt(First);
        Watch(Trainer);
        Sys.Stop(Trainer);
        ExpectTerminated(Trainer);
        Built(worker, First);
        AwaitAssert(() => Assert.Equal(0, Alive));
    }

    [Fact]
    public void a_worker_that_dies_with_a_batch_in_its_hands_or_on_its_way_leaves_none_behind()
    {
        Start(fewest: 2, most: 2);
        Want(First);
        var (worker, other) = Dealt(First, Key(1)) switch { var both => (both[0], both[1]) };
        // Built, and dead before the loader looked at it: still a batch.
        Built(worker, First);
        Die(worker, "boom");
        Trainer.ExpectMsg<BatchReady>().Batch.Dispose();
        // Told twice: the second is nobody's.
        Say(other, Made(Key(1)), Made(Key(1)));
        Assert.Equal(1, Alive);
        // Of a batch that nobody was told to build.
        Say(other, Made(Key(77)));
        Assert.Equal(1, Alive);
    }

    [Fact]
    public void workers_are_added_while_the_trainer_waits_and_go_when_batches_lie_ready_for_a_minute()
    {
        Start(fewest: 1, most: 2, prefetch: 1);
        Want(First);
        Built(Dealt(First), First);
        Trainer.ExpectMsg<BatchReady>(m => m.Workers == 1).Batch.Dispose();
        // The window of the first batch says nothing; in the next the trainer waits.
        Advance(5);
        Want(Key(1));
        Advance(5);
        var (first, second) = Dealt(Key(1), Key(2)) switch { var both => (both[0], both[1]) };
        Assert.NotEqual(first, second);
        Built(first, Key(1));
        Trainer.ExpectMsg<BatchReady>(m => m.Workers == 2).Batch.Dispose();
        Built(second, Key(2));
        Built(Dealt(Key(3)), Key(3));
        // Whenever it asks from now on, both lie ready.
        Watch(first);
        Watch(second);
        for (var n = 2; n < 14; n++)
        {
            Want(Key(n));
            Trainer.ExpectMsg<BatchReady>(m => m.Ready == 2).Batch.Dispose();
            Built(Dealt(Key(n + 2)), Key(n + 2));
            Advance(5);
        }

        ExpectMsg<Terminated>();
        Want(Key(14));
        Trainer.ExpectMsg<BatchReady>(m => m.Workers == 1).Batch.Dispose();
    }

    [Fact]
    public void the_number_of_workers_is_no_larger_than_their_memory()
    {
        Start(fewest: 8, most: 8, buffer: 440);
        Want(First);
        Dealt(First, Key(1), Key(2));
        NothingDealt();
    }
}
