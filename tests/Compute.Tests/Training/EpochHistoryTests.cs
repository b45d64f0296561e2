using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

public class EpochHistoryTests
{
    [Fact]
    public void the_moving_average_takes_a_tenth_of_each_new_mean()
    {
        var one = Close([], [0.5, double.NaN]);
        var two = Close([one], [0.7, 0.9]);
        Assert.Equal((0.5, 0.5), (one.MeanForegroundDice, one.EmaForegroundDice));
        Assert.Equal(0.8, two.MeanForegroundDice, 12);
        Assert.Equal(0.53, two.EmaForegroundDice, 12);
    }

    [Fact]
    public void the_moving_average_survives_an_epoch_without_a_figure()
    {
        var one = Close([], [0.5]);
        var two = Close([one], [double.NaN, double.NaN]);
        Assert.True(double.IsNaN(two.MeanForegroundDice));
        Assert.Equal(0.5, two.EmaForegroundDice);
    }

    [Fact]
    public void the_moving_average_begins_with_the_first_figure_there_is()
    {
        var one = Close([], [double.NaN]);
        var two = Close([one], [0.25]);
        Assert.True(double.IsNaN(one.EmaForegroundDice));
        Assert.Equal(0.25, two.EmaForegroundDice);
    }

    [Fact]
    public void a_record_holds_what_it_was_given()
    {
        var record = EpochHistory.Close([], 7, 0.01, -0.2, -0.1, [0.4, 0.6], 100, 130);
        Assert.Equal((7, 0.01, 100.0, 130.0), (record.Epoch, record.LearningRate, record.Started, record.Ended));
        Assert.Equal((-0.2, -0.1), (record.TrainLoss, record.ValidationLoss));
        Assert.Equal([0.4, 0.6], record.DicePerClass);
    }

    private static EpochRecord Close(IReadOnlyList<EpochRecord> before, double[] dice) => EpochHistory.Close(before, before.Count, 0.01, 1, 1, dice, 0, 1);
}
