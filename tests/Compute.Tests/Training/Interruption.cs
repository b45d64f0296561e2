using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

/// <summary>Two trainings of four steps: one runs through, the other goes on after two in a new session.</summary>
internal static class Interruption
{
    public static TrainingSession Session(Configuration configuration, NetworkRecipe? recipe = null, int inputChannels = 1) =>
        new(configuration, SmallNetworks.Labels(2), inputChannels, new TrainingOptions { Epochs = 4, BatchSize = 2, Seed = 7 }, "cpu", recipe);

    public static void ChangesNothing(Func<TrainingSession> start, Func<int, Batch> batch)
    {
        using var whole = start();
        var losses = Enumerable.Range(0, 4).Select(i => Step(whole, i)).ToArray();
        TrainingSnapshot half;
        using (var first = start())
        {
            Assert.Equal(losses.Take(2), Enumerable.Range(0, 2).Select(i => Step(first, i)));
            half = first.Snapshot(2, 0, []);
        }

        using var second = start();
        second.Restore(half, "half");
        Assert.Equal(losses.Skip(2), Enumerable.Range(2, 2).Select(i => Step(second, i)));
        var (expected, actual) = (whole.Snapshot(4, 0, []), second.Snapshot(4, 0, []));
        Assert.All(expected.Weights.Zip(actual.Weights), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
        Assert.All(expected.Momentum().Zip(actual.Momentum()), pair => Assert.Equal(pair.First?.Values, pair.Second?.Values));

        double Step(TrainingSession session, int i)
        {
            using var data = batch(i);
            return session.Step(data, i);
        }
    }
}
