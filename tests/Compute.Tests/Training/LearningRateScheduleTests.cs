using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

public class LearningRateScheduleTests
{
    [Fact]
    public void the_first_epoch_has_the_initial_rate_and_the_last_not_quite_none()
    {
        Assert.Equal(0.01, LearningRateSchedule.Default.At(0, 1000, 0.01));
        Assert.Equal(0.01 * Math.Pow(1e-3, 0.9), LearningRateSchedule.Default.At(999, 1000, 0.01), 1e-12);
    }

    [Fact]
    public void a_cosine_falls_from_the_initial_rate_through_half_of_it()
    {
        var cosine = new LearningRateSchedule.Cosine();
        Assert.Equal(0.01, cosine.At(0, 1000, 0.01));
        Assert.Equal(0.005, cosine.At(500, 1000, 0.01), 1e-12);
        Assert.InRange(cosine.At(999, 1000, 0.01), 0, 1e-7);
    }

    [Fact]
    public void a_warm_up_rises_to_the_initial_rate_and_then_falls_over_what_is_left()
    {
        var warmup = new LearningRateSchedule.Warmup(50);
        Assert.Equal(0.01 / 50, warmup.At(0, 1000, 0.01), 1e-12);
        Assert.Equal(0.01, warmup.At(49, 1000, 0.01), 1e-12);
        Assert.Equal(0.01, warmup.At(50, 1000, 0.01), 1e-12);
        Assert.Equal(0.01 * Math.Pow(0.5, 0.9), warmup.At(525, 1000, 0.01), 1e-12);
    }

    [Fact]
    public void a_training_shorter_than_its_warm_up_only_rises() => Assert.Equal(0.01 * 10 / 50, new LearningRateSchedule.Warmup(50).At(9, 10, 0.01), 1e-12);
}
