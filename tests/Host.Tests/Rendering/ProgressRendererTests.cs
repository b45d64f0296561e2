using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;
using ActorSeg.Compute.Training;
using ActorSeg.Host.Rendering;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Rendering;

public class ProgressRendererTests
{
    private readonly ManualClock _clock = new();
    private readonly StringWriter _written = new() { NewLine = "\n" };

    [Fact]
    public void Without_a_terminal_there_is_a_line_at_the_start_every_few_seconds_and_at_the_end()
    {
        using var progress = Renderer();
        for (var done = 0; done <= 20; done++)
        {
            progress.Show(new JobProgress("preprocess", done, 20, $"case_{done:00}"));
            if (done < 20) _clock.Advance(1);
        }

        Assert.Equal(
            """
            preprocess 0/20, case_00
            preprocess 5/20, 1.0/s, 15 s left, case_05
            preprocess 10/20, 1.0/s, 10 s left, case_10
            preprocess 15/20, 1.0/s, 5.0 s left, case_15
            preprocess 20/20 in 20 s, case_20

            """, Written);
    }

    [Fact]
    public void Tasks_of_an_experiment_are_told_as_they_begin_and_with_what_came_of_them()
    {
        using var progress = Renderer();
        ExperimentTask[] tasks = [new("preprocess", new PhantomJob(new(null, null, null), "", 1, 1, 1)), new("train 2d fold 0", new PhantomJob(new(null, null, null), "", 1, 1, 1))];
        progress.Show(new TaskBegun(tasks, []));
        _clock.Advance(61);
        progress.Show(new TaskBegun(tasks, [new PreprocessResult([], 230, 12, [])]));

        Assert.Equal("1/2 preprocess\n1/2 preprocess: 230 cases, 12 of them before, in 1 min 01 s\n2/2 train 2d fold 0\n", Written);
    }

    [Fact]
    public void Slow_things_are_told_in_time_each()
    {
        using var progress = Renderer();
        progress.Show(new JobProgress("predict", 1, 3));
        _clock.Advance(90);
        progress.Show(new JobProgress("predict", 2, 3));

        Assert.EndsWith("predict 2/3, 1 min 30 s each, 1 min 30 s left\n", Written);
    }

    [Fact]
    public void A_new_stage_and_the_same_stage_anew_start_their_clocks_afresh()
    {
        using var progress = Renderer();
        progress.Show(new JobProgress("evaluate", 0, 2));
        _clock.Advance(2);
        progress.Show(new JobProgress("evaluate", 2, 2));
        _clock.Advance(100);
        progress.Show(new JobProgress("evaluate", 0, 2));
        _clock.Advance(4);
        progress.Show(new JobProgress("evaluate", 2, 2));
        progress.Show(new JobProgress("predict", 0, 5));

        Assert.Equal("evaluate 0/2\nevaluate 2/2 in 2.0 s\nevaluate 0/2\nevaluate 2/2 in 4.0 s\npredict 0/5\n", Written);
    }

    [Fact]
    public void Epochs_tell_loss_dice_time_and_what_is_left()
    {
        using var progress = Renderer();
        progress.Show(new TrainingEpochEnded(Epoch(2, seconds: 12.3), 12, new EpochCost(25, Compute: 9.8, Wait: 2.5, Read: 0.71, Augment: 11.2, Ready: 0.44, Workers: 1.5)));

        Assert.Equal(
            """
            epoch 3/12: loss -0.412, validation -0.500, Dice 0.770 (0.790 0.750), 12 s, about 1 min 51 s left
              9.8 s computing, 2.5 s waiting for data; 1.5 workers: 0.7 s disk, 11 s augmentation; 0.4 batches ready; bottleneck: augmentation

            """, Written);
    }

    [Fact]
    public void Epochs_of_a_trial_do_not_flood_but_the_last_is_told()
    {
        using var progress = Renderer();
        for (var epoch = 0; epoch < 10; epoch++)
        {
            progress.Show(new TrainingEpochEnded(Epoch(epoch, 1), 10, EpochCost.None));
            _clock.Advance(1);
        }

        Assert.Equal([1, 6, 10], Written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith("epoch", StringComparison.Ordinal)).Select(line => int.Parse(line.Split(' ', '/')[1])));
    }

    [Fact]
    public void Warnings_and_resumptions_are_told_even_where_progress_is_not_wanted()
    {
        using var progress = Renderer(shows: false);
        progress.Show(new JobProgress("train", 1, 2));
        progress.Show(new TrainingEpochEnded(Epoch(0, 1), 2, EpochCost.None));
        progress.Show(new TrainingResumed(3, 17, "/fold_0/checkpoint_latest.pth"));
        progress.Show(new JobWarning("batch 5 is built again"));
        _clock.Advance(120);

        Assert.Equal("resuming at epoch 3, iteration 17, from /fold_0/checkpoint_latest.pth\nwarning: batch 5 is built again\n", Written);
    }

    [Fact]
    public void Silence_is_told_so_that_a_hang_is_not_taken_for_work()
    {
        using var progress = Renderer();
        progress.Show(new JobProgress("train", 1, 10));
        _clock.Advance(29);
        Assert.Equal("train 1/10\n", Written);
        _clock.Advance(1);

        Assert.Equal("train 1/10\ntrain 1/10; nothing new for 30 s\n", Written);
    }

    [Fact]
    public void After_the_end_of_the_stage_silence_is_not_told()
    {
        using var progress = Renderer();
        progress.Show(new JobProgress("train", 10, 10));
        _clock.Advance(100);

        Assert.Equal("train 10/10\n", Written);
    }

    [Fact]
    public void On_a_terminal_one_line_is_drawn_over_at_most_ten_times_a_second_and_the_end_stays()
    {
        using (var progress = Renderer(terminal: true))
        {
            progress.Show(new JobProgress("train", 1, 4));
            _clock.Advance(0.05);
            progress.Show(new JobProgress("train", 2, 4));
            _clock.Advance(0.05);
            progress.Show(new JobProgress("train", 3, 4));
            progress.Show(new JobWarning("w"));
            progress.Show(new JobProgress("train", 4, 4));
        }

        const string erase = "\r\u001b[K";
        const string live = "train 3/4, 20.0/s, 0.1 s left";
        Assert.Equal($"{erase}train 1/4{erase}{live}{erase}warning: w\n{live}{erase}train 4/4 in 0.1 s\n", Written);
    }

    [Fact]
    public void Nothing_is_shown_after_the_end()
    {
        var progress = Renderer();
        progress.Dispose();
        progress.Show(new JobWarning("late"));
        _clock.Advance(100);

        Assert.Empty(Written);
    }

    [Theory]
    [InlineData(0.04, "0.0 s")]
    [InlineData(9.94, "9.9 s")]
    [InlineData(9.96, "10 s")]
    [InlineData(59.6, "1 min 00 s")]
    [InlineData(3599, "59 min 59 s")]
    [InlineData(3600, "1 h 00 min")]
    [InlineData(90000, "1 d 01 h")]
    public void Durations_are_short(double seconds, string text) => Assert.Equal(text, Durations.Text(TimeSpan.FromSeconds(seconds)));

    private string Written => _written.ToString().Replace(Environment.NewLine, "\n", StringComparison.Ordinal);

    private ProgressRenderer Renderer(bool terminal = false, bool shows = true) => new(new Screen(_written, terminal, () => 80), _clock, shows);

    private static EpochRecord Epoch(int epoch, double seconds) => new(epoch, 0.01, -0.4123, -0.5, [0.79, 0.75], 0.77, 0.6, 1000, 1000 + seconds);
}
