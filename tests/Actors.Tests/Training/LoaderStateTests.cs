using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using FsCheck.Xunit;

namespace ActorSeg.Actors.Tests.Training;

public class LoaderStateTests
{
    private static readonly BatchKey First = new(1, Fold.All, false, 0, 0);

    [Fact]
    public void batches_are_built_ahead_up_to_the_limit_and_across_epochs()
    {
        var state = Workers(new LoaderState(3, 3, Epochs: 2, Iterations: 2, ValidationIterations: 1).Asked("trainer", First), 5);
        var (next, _, dealt, _) = state.Deal();
        Assert.Equal([(0, 0), (0, 1), (1, 0)], dealt.Select(d => (d.Work.Key.Epoch, d.Work.Key.Index)));
        Assert.Empty(next.Deal().Dealt);
    }

    [Fact]
    public void what_somebody_waits_for_is_built_whatever_the_limit()
    {
        var (state, _, _, _) = Workers(new LoaderState(1, 3, 2, 4, 1).Asked("trainer", First), 3).Deal();
        var (_, _, dealt, _) = state.Asked("validator", First with { Validation = true }).Deal();
        Assert.Equal(First with { Validation = true }, Assert.Single(dealt).Work.Key);
    }

    [Fact]
    public void a_consumer_that_goes_back_gets_its_batch_and_nothing_ready_is_kept_in_vain()
    {
        var (state, _, dealt, _) = Workers(new LoaderState(2, 3, 2, 10, 1).Asked("trainer", First with { Index = 8 }), 2).Deal();
        foreach (var (worker, work) in dealt) state = state.Built(worker, work.Key);
        var (after, delivered, _, _) = state.Deal();
        Assert.Equal(8, Assert.Single(delivered).Key.Index);
        var (_, _, _, dropped) = after.Asked("trainer", First).Deal();
        Assert.Equal(9, Assert.Single(dropped).Index);
    }

    [Property]
    public bool every_batch_is_delivered_once_in_order_whatever_dies((byte Kind, byte Worker)[] events)
    {
        var state = Workers(new LoaderState(3, 200, 2, 3, 1).Asked("t", First), 3);
        var wanted = new Queue<(int, int)>([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]);
        foreach (var (kind, which) in events)
        {
            (state, var delivered, _, _) = state.Deal();
            foreach (var (_, key) in delivered)
            {
                if (wanted.Count == 0 || wanted.Dequeue() != (key.Epoch, key.Index)) return false;
                if (wanted.TryPeek(out var following)) state = state.Asked("t", First with { Epoch = following.Item1, Index = following.Item2 });
            }

            if (state.Ready.Count + state.Held.Count > 3 + 1) return false;
            var worker = $"w{which % 3}";
            if (kind % 3 == 0) state = state.Lost(worker, new InvalidOperationException()).WorkerIdle(worker);
            else if (state.Held.TryGetValue(worker, out var work)) state = state.Built(worker, work.Key).WorkerIdle(worker);
        }

        return true;
    }

    private static LoaderState Workers(LoaderState state, int count) => Enumerable.Range(0, count).Aggregate(state, (s, n) => s.WorkerIdle($"w{n}"));
}
