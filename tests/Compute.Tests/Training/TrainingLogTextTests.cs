using ActorSeg.Compute.Training;

namespace ActorSeg.Compute.Tests.Training;

public class TrainingLogTextTests
{
    private static readonly DateTime At = new DateTime(2026, 1, 3, 7, 8, 45, DateTimeKind.Local).AddTicks(9719080);

    [Fact]
    public void a_log_is_named_by_its_start_with_day_and_month_unpadded() => Assert.Equal("training_log_2026_1_3_07_08_45.txt", TrainingLogText.FileName(At));

    [Fact]
    public void a_line_begins_with_its_time_and_ends_with_a_blank() => Assert.Equal("2026-01-03 07:08:45.971908: Epoch 0 \n", TrainingLogText.Line(At, "Epoch 0"));

    [Fact]
    public void an_epochs_lines_are_nnunets()
    {
        Assert.Equal(["", "Epoch 1", "Current learning rate: 0.00694"], TrainingLogText.EpochBegun(1, 0.0069408));
        Assert.Equal(["", "Epoch 0", "Current learning rate: 0.01"], TrainingLogText.EpochBegun(0, 0.01));
        Assert.Equal(["", "Epoch 999", "Current learning rate: 2e-05"], TrainingLogText.EpochBegun(999, 1.995e-5));
        var record = new EpochRecord(1, 0.00694, -0.07841, -0.22459, [0.0022, double.NaN, 0], 0.02275, 0.0023, 100, 225.894);
        Assert.Equal(
            [
                "train_loss -0.0784", "val_loss -0.2246", "Pseudo dice [0.0022, nan, 0.0]", "Epoch time: 125.89 s", "Yayy! New best EMA pseudo Dice: 0.0023",
            ],
            TrainingLogText.EpochEnded(record, best: true));
        Assert.Equal(4, TrainingLogText.EpochEnded(record, best: false).Count);
    }
}
