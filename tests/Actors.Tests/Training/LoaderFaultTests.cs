using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using Akka.Actor;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>Workers that throw and hang, one or all, and cases that cannot be used.</summary>
public class LoaderFaultTests : LoaderStage
{
    [Fact]
    public void a_worker_that_throws_is_replaced_at_once_and_the_same_batch_is_built_again()
    {
        Start(fewest: 2, most: 2);
        Want(First);
        var worker = Dealt(First, Key(1))[0];
        Die(worker, "boom");
        var warning = ExpectMsg<JobWarning>().Text;
        foreach (var told in (string[])["batch 0 of epoch 0 (cases case_0), try 1", "InvalidOperationException: boom", worker.Path.Name, "MiB resident"]) Assert.Contains(told, warning);
        var again = Dealt(First);
        Assert.NotEqual(worker.Path.Name, again.Path.Name);
        Built(again, First);
        Trainer.ExpectMsg<BatchReady>(m => m.Batch.Key == First);
    }

    [Fact]
    public void a_batch_over_which_workers_die_is_given_up_when_its_tries_are_spent()
    {
        Start(fewest: 4, most: 4);
        Want(First);
        var worker = Dealt(First, Key(1), Key(2), Key(3))[0];
        for (var n = 1; n < 3; n++)
        {
            Die(worker, $"boom {n}");
            ExpectMsg<JobWarning>(w => w.Text.Contains($"try {n}"));
            worker = Dealt(First);
        }

        Die(worker, "boom 3");
        ExpectMsg<BatchGivenUp>(m => m.Key == First && m.Tries == 3 && m.Cause.Message == "boom 3");
        Advance(60);
        NothingDealt();
    }

    [Fact]
    public void a_worker_that_hangs_is_given_up_after_a_learned_time_and_what_it_says_later_means_nothing()
    {
        Start(fewest: 2, most: 2);
        Want(First);
        var (first, second) = Dealt(First, Key(1)) switch { var both => (both[0], both[1]) };
        // The slowest so far took forty seconds, and twenty times that is more than ten minutes.
        Advance(40);
        Built(first, First);
        Trainer.ExpectMsg<BatchReady>();
        first = Dealt(Key(2));
        Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(41));
        ExpectNoMsg(TimeSpan.Zero);
        Advance(1);
        // That one was begun before anything was known of how long batches take.
        var warning = ExpectMsg<JobWarning>().Text;
        foreach (var told in (string[])["batch 1 of epoch 0", "did not end within 00:10:00", second.Path.Name]) Assert.Contains(told, warning);
        Hand.ExpectMsg<Cancelled>();
        Assert.Equal(second, Hand.LastSender);
        var third = Dealt(Key(1));
        // Late, from somebody who is not there any more.
        Loader.Tell(Made(Key(1), "late"), second);
        Settle();
        Assert.Equal(1, Alive);
        Built(third, Key(1), "in time");
        Want(Key(1));
        Assert.Equal("in time", Trainer.ExpectMsg<BatchReady>().Batch.Cases[0].Value);
        Dealt(Key(3));
        Advance(240);
        ExpectMsg<JobWarning>(w => w.Text.Contains("00:13:20") && w.Text.Contains(first.Path.Name));
        Hand.ExpectMsg<Cancelled>();
        Dealt(Key(2));
    }

    [Fact]
    public void when_all_workers_die_at_once_they_begin_again_after_a_pause_that_doubles_and_then_the_run_is_given_up()
    {
        Start(fewest: 3, most: 3);
        Want(First);
        var (pause, hands) = (0.25, new Queue<IActorRef>());
        for (var n = 1; n <= 6; n++, pause *= 2)
        {
            // A replacement dies as those before it did.
            for (var death = 1; death <= 3; death++)
            {
                while (Hand.HasMessages) hands.Enqueue(Dealt().Worker);
                Die(hands.Dequeue(), "no memory");
                ExpectMsg<JobWarning>(w => w.Text.Contains("died (no memory) and is replaced"));
            }

            if (n > 5) break;
            Assert.Contains($"all workers begin again in {pause} s", ExpectMsg<JobWarning>().Text);
            while (Hand.HasMessages) hands.Enqueue(Dealt().Worker);
            Advance(pause - 0.01);
            NothingDealt();
            Advance(0.01);
        }

        ExpectMsg<BatchGivenUp>(m => m.Key is null && m.Tries == 5);
    }

    [Fact]
    public void a_batch_in_between_begins_the_count_anew()
    {
        Start();
        Want(First);
        for (var n = 0; n < 8; n++)
        {
            var (worker, work) = Dealt();
            Die(worker, "boom");
            Advance(0.25);
            (worker, var again) = Dealt();
            Assert.Equal(work.Key, again.Key);
            Built(worker, again.Key);
            Trainer.ExpectMsg<BatchReady>().Batch.Dispose();
            Want(again.Key with { Index = again.Key.Index + 1 });
        }
    }

    [Fact]
    public void a_case_that_cannot_be_used_is_tried_three_times_and_then_left_out_of_this_batch_and_all_later_ones()
    {
        Start();
        Want(First);
        Fails(Dealt(First), First, "bad");
        ExpectMsg<JobWarning>(w => w.Text.Contains("try 1: case bad for batch 0 of epoch 0: bad.npz: is damaged") && w.Text.Contains("augmenter-1"));
        // While it rests the worker does something else, and may well be in the middle of it when the rest is over.
        Built(Dealt(Key(1)), Key(1), "bad");
        Advance(0.25);
        Dealt(Key(2));
    }

    [Fact]
    public void a_case_whose_tries_are_spent_is_told_before_the_batch_without_it_goes_out()
    {
        Start(prefetch: 1);
        Want(First);
        foreach (var pause in (double[])[0.25, 0.5])
        {
            Fails(Dealt(First), First, "bad");
            ExpectMsg<JobWarning>();
            // Nothing else is to be done: one batch ahead is all there may be.
            if (pause == 0.25) Built(Dealt(Key(1)), Key(1), "well");
            Advance(pause - 0.01);
            NothingDealt();
            Advance(0.01);
        }

        Fails(Dealt(First), First, "bad");
        var (worker, work) = Dealt();
        Assert.Equal((First, "bad"), (work.Key, Assert.Single(work.Without).Value));
        ExpectNoMsg(TimeSpan.Zero);
        Built(worker, First, "other");
        var lost = ExpectMsg<CaseLost>().Lost;
        Assert.Equal(("bad", 3, "bad.npz: is damaged; preprocess again", FaultKind.Data, First, worker.Path.Name), (lost.Case.Value, lost.Tries, lost.Cause, lost.Kind, lost.Batch, lost.Worker));
        Trainer.ExpectMsg<BatchReady>(m => m.Batch.Key == First);
    }

    [Fact]
    public void a_strict_run_is_given_up_instead()
    {
        Start(prefetch: 1, strict: true);
        Want(First);
        Fails(Dealt(First), First, "bad");
        Built(Dealt(Key(1)), Key(1), "well");
        Advance(0.25);
        Fails(Dealt(First), First, "bad");
        Advance(0.5);
        Fails(Dealt(First), First, "bad");
        Assert.IsType<SampleException>(((BatchGivenUp)FishForMessage(m => m is BatchGivenUp)).Cause);
        NothingDealt();
    }

    [Fact]
    public void when_case_after_case_cannot_be_used_it_is_the_disk_and_none_is_lost()
    {
        Start(prefetch: 1);
        Want(First);
        Spoil(First, "a", "b", "c", "d", "e");
        FishForMessage(m => m is JobWarning w && w.Text.Contains("no batch can be built"));
        NothingDealt();
        Advance(0.25);
        var (worker, work) = Dealt();
        Assert.Empty(work.Without);
        Built(worker, work.Key, "a");
        Trainer.ExpectMsg<BatchReady>();
        ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void two_cases_of_one_batch_may_be_bad()
    {
        Start(prefetch: 1);
        Want(First);
        Spoil(First, "a", "b");
        var (worker, work) = Dealt();
        Assert.Equal(["a", "b"], work.Without.Select(id => id.Value).Order());
        Built(worker, First, "c");
        FishForMessage(m => m is CaseLost { Lost.Case.Value: "a" });
        ExpectMsg<CaseLost>(m => m.Lost.Case.Value == "b");
    }

    [Fact]
    public void what_kills_a_loader_stops_its_workers_and_disposes_its_batches()
    {
        Start();
        Want(First);
        var worker = Dealt(First);
        Built(worker, First, "a");
        Trainer.ExpectMsg<BatchReady>().Batch.Dispose();
        Built(Dealt(Key(1)), Key(1), "a");
        Assert.Equal(1, Alive);
        Loader.Tell(Kill.Instance);
        AwaitAssert(() => Assert.Equal(0, Alive));
    }

    // Each fails as often as it is tried. The batch ahead is built while the first rests, and then there is nothing else to do.
    private void Spoil(BatchKey key, params string[] cases)
    {
        foreach (var id in cases)
            foreach (var pause in (double[])[0.25, 0.5, 0])
            {
                var (worker, work) = Dealt();
                if (work.Key != key)
                {
                    Built(worker, work.Key, "well");
                    (worker, work) = Dealt();
                }

                Assert.Equal(key, work.Key);
                Fails(worker, key, id);
                if (pause > 0) Advance(pause);
            }
    }
}
