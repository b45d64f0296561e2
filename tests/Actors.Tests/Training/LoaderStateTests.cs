using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using FsCheck.Xunit;

namespace ActorSeg.Actors.Tests.Training;

public class LoaderStateTests
{
    private static readonly BatchKey First = new(1, Fold.All, false, 0, 0);
    private static readonly BatchKey Scored = First with { Validation = true };
    private static readonly LoaderRules Rules = new(3, 3, TimeSpan.FromSeconds(1), 5, TimeSpan.FromSeconds(1), Strict: false);

    [Fact]
    public void batches_are_built_ahead_up_to_the_limit_and_across_epochs()
    {
        var state = Start(workers: 5, prefetch: 1, iterations: 2).Asked("trainer", First);
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], Dealt(ref state).Select(key => (key.Epoch, key.Index)));
        Assert.Empty(Dealt(ref state));
    }

    [Fact]
    public void what_somebody_waits_for_is_built_whatever_the_limit()
    {
        var state = Start(workers: 3, prefetch: 1, batches: 2).Asked("trainer", First);
        Assert.Equal(0, state.Ahead);
        Assert.Equal([First], Dealt(ref state));
        state = state.Built("augmenter-1", First, []).Next.WorkerIdle("augmenter-1");
        Assert.Empty(Dealt(ref state));
        state = state.Asked("validator", Scored);
        Assert.Equal([Scored], Dealt(ref state));
    }

    [Fact]
    public void the_validation_is_built_ahead_a_little_and_does_not_displace_the_training()
    {
        var state = Start(workers: 1, prefetch: 8, iterations: 100).Asked("validator", Scored).Asked("trainer", First);
        var order = new List<BatchKey>();
        while (Dealt(ref state) is [var key])
        {
            order.Add(key);
            state = state.Built("augmenter-1", key, []).Next.WorkerIdle("augmenter-1");
        }

        // Two that are waited for, and eight ahead, of which two of the validation.
        Assert.Equal(10, order.Count);
        Assert.Equal(3, order.Count(key => key.Validation));
        Assert.Equal(8, state.Ready.Count);
    }

    [Fact]
    public void a_consumer_that_goes_back_gets_its_batch_and_nothing_ready_is_kept_in_vain()
    {
        var state = Start(workers: 2, prefetch: 1).Asked("trainer", First with { Index = 8 });
        foreach (var key in Dealt(ref state)) state = state.Built(state.Held.First(h => h.Value.Key == key).Key, key, []).Next;
        var (after, delivered) = state.Deal();
        Assert.Equal(8, Assert.Single(delivered.OfType<LoaderEffect.Deliver>()).Key.Index);
        var (_, effects) = after.Asked("trainer", First).Deal();
        Assert.Equal(9, Assert.Single(effects.OfType<LoaderEffect.Drop>()).Key.Index);
    }

    [Fact]
    public void when_a_case_is_out_what_was_built_with_it_is_dropped_and_what_is_built_without_it_goes_out_only_after_the_case_is_told()
    {
        var (bad, well) = (new CaseId("bad"), new CaseId("well"));
        var state = Start(workers: 3, prefetch: 1).Asked("trainer", First);
        var keys = Dealt(ref state);
        // One with the case lies ready, another is being built, the third fails over it.
        (state, _) = state.Built("augmenter-2", keys[1], [bad, well]);
        for (var n = 1; n <= 3; n++)
        {
            state = state.Failed("augmenter-1", keys[0], Failure(bad, keys[0])).Next.Rested(keys[0]).WorkerIdle("augmenter-1");
            if (n < 3) Assert.Equal(keys[0], Dealt(ref state)[0]);
        }

        var (next, effects) = state.Deal();
        Assert.Equal(keys[1], Assert.Single(effects.OfType<LoaderEffect.Drop>()).Key);
        var build = Assert.Single(effects.OfType<LoaderEffect.Build>());
        Assert.Equal((keys[0], bad), (build.Work.Key, Assert.Single(build.Without)));
        (state, var told) = next.Built("augmenter-3", keys[2], [bad]);
        Assert.Empty(told);
        (state, effects) = state.Deal();
        Assert.Equal(keys[2], Assert.Single(effects.OfType<LoaderEffect.Drop>()).Key);
        (state, told) = state.Built("augmenter-1", keys[0], [well]);
        var lost = Assert.IsType<LoaderEffect.Lose>(Assert.Single(told)).Case;
        Assert.Equal((bad, 3, "broken", keys[0], "augmenter-1"), (lost.Case, lost.Tries, lost.Cause, lost.Batch, lost.Worker));
        Assert.Equal(keys[0], Assert.Single(state.Deal().Effects.OfType<LoaderEffect.Deliver>()).Key);
    }

    [Fact]
    public void a_batch_that_rests_is_not_built_and_others_are()
    {
        var state = Start(workers: 1, prefetch: 4).Asked("trainer", First);
        Dealt(ref state);
        (state, var effects) = state.Failed("augmenter-1", First, Failure(new CaseId("a"), First));
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<LoaderEffect.Rest>(Assert.Single(effects)).Pause);
        state = state.WorkerIdle("augmenter-1");
        Assert.Equal([First with { Index = 1 }], Dealt(ref state));
        (state, _) = state.Rested(First).Built("augmenter-1", First with { Index = 1 }, []);
        state = state.WorkerIdle("augmenter-1");
        Assert.Equal([First], Dealt(ref state));
    }

    [Fact]
    public void a_worker_that_dies_before_it_began_costs_its_batch_no_try()
    {
        var state = Start(workers: 2, prefetch: 1).Asked("trainer", First);
        for (var n = 1; n <= 5; n++)
        {
            Dealt(ref state);
            var worker = state.Held.First(h => h.Value.Key == First).Key;
            (state, var effects) = state.Lost(worker, new InvalidOperationException("boom"));
            Assert.Null(Assert.IsType<LoaderEffect.Replace>(effects[0]).Work);
            Assert.Empty(effects.OfType<LoaderEffect.GiveUp>());
            state = Join(state.Resumed());
        }
    }

    [Fact]
    public void memory_that_a_hanging_worker_holds_is_taken_off_what_is_built_ahead_until_it_ends()
    {
        var state = Start(workers: 1, prefetch: 4, batches: 6).Asked("trainer", First);
        Assert.Equal(4, state.Ahead);
        Dealt(ref state);
        (state, _) = state.Begun("augmenter-1", First).GaveUp("augmenter-1", new TimeoutException());
        Assert.Equal(3, state.Ahead);
        Assert.Equal(4, state.Lost("augmenter-1", new InvalidOperationException()).Next.Ahead);
    }

    [Property]
    public bool batches_come_in_order_and_within_bounds_whatever_dies_hangs_or_fails((byte Kind, byte Worker)[] events)
    {
        var generous = Rules with { BatchTries = 1000, AllTries = 1000, CaseTries = 1000 };
        var state = Join(new LoaderState(new Schedule(2, 3, 1), generous, 3, new WorkerCount(3, 3)).Leased(new LoaderRoom(700, new(100, 0, 0))).Asked("t", First).Deal().Next);
        var wanted = new Queue<(int, int)>([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
        foreach (var (kind, which) in events)
        {
            (state, var effects) = state.Resumed().Deal();
            state = Join(state);
            foreach (var effect in effects.OfType<LoaderEffect.Deliver>())
            {
                if (wanted.Count == 0 || wanted.Dequeue() != (effect.Key.Epoch, effect.Key.Index)) return false;
                if (wanted.TryPeek(out var following)) state = state.Asked("t", First with { Epoch = following.Item1, Index = following.Item2 });
            }

            if (!state.Held.Keys.All(state.Workers.Contains)) return false;
            if (state.Ready.Count + state.Held.Count + state.Hung.Count > 7 || state.Workers.Count > 3) return false;
            var worker = state.Workers.IsEmpty ? "" : state.Workers[which % state.Workers.Count];
            var work = state.Held.GetValueOrDefault(worker);
            state = (kind % 5, work) switch
            {
                (0, _) => state.Lost(worker, new InvalidOperationException()).Next,
                (1, { Key: var key }) => state.Begun(worker, key).Lost(worker, new InvalidOperationException()).Next,
                (2, { Key: var key }) when state.Hung.Count < 2 => state.Begun(worker, key).GaveUp(worker, new TimeoutException()).Next,
                (3, { Key: var key }) => state.Failed(worker, key, Failure(new CaseId("a"), key)).Next.Rested(key).WorkerIdle(worker),
                (_, { Key: var key }) => state.Built(worker, key, []).Next.WorkerIdle(worker),
                _ when !state.Hung.IsEmpty => state.Lost(state.Hung.First(), new InvalidOperationException()).Next,
                _ => state,
            };
        }

        return true;
    }

    private static SampleException Failure(CaseId id, BatchKey key) => new(id, key, new IOException("broken"));

    private static LoaderState Start(int workers, int prefetch, int iterations = 100, int batches = 1000) => Join(
        new LoaderState(new Schedule(2, iterations, 50), Rules, prefetch, new WorkerCount(workers, workers)).Leased(new LoaderRoom(batches * 100, new(100, 0, 0))).Deal().Next);

    private static LoaderState Join(LoaderState state) => state.Workers.Aggregate(state, (s, worker) => s.WorkerIdle(worker));

    private static List<BatchKey> Dealt(ref LoaderState state)
    {
        (state, var effects) = state.Deal();
        state = Join(state);
        (state, var more) = state.Deal();
        return [.. effects.Concat(more).OfType<LoaderEffect.Build>().Select(build => build.Work.Key)];
    }
}
