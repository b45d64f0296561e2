using System.Globalization;
using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Training;

namespace ActorSeg.Host.Rendering;

/// <summary>
/// Shows what jobs tell: on a terminal a live line, otherwise at most one line of progress every few seconds. Warnings and resumptions are
/// always shown. When nothing comes for a while it says so, so that a hang is not mistaken for work.
/// </summary>
internal sealed class ProgressRenderer : IDisposable
{
    /// <summary>Between two lines of progress without a terminal.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    /// <summary>Between two drawings of the live line.</summary>
    public static readonly TimeSpan LivePace = TimeSpan.FromMilliseconds(100);

    /// <summary>After which silence is mentioned.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Screen _screen;
    private readonly TimeProvider _time;
    private readonly bool _shows;
    private readonly long _start;
    private readonly ITimer _ticker;
    private StageProgress? _stage;
    private TimeSpan? _shown;
    private TimeSpan? _epochShown;
    private TimeSpan _heard;
    private string _task = "";
    private TimeSpan _taskBegun;
    private bool _disposed;

    /// <param name="screen">Where to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="shows">Whether progress is shown; warnings always are.</param>
    public ProgressRenderer(Screen screen, TimeProvider time, bool shows)
    {
        (_screen, _time, _shows, _start) = (screen, time, shows, time.GetTimestamp());
        var period = screen.IsTerminal ? TimeSpan.FromSeconds(1) : Quiet;
        _ticker = time.CreateTimer(_ => Tick(), null, period, period);
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>Shows an event. Safe from any thread.</summary>
    public void Show(JobEvent happened)
    {
        lock (_lock)
        {
            if (_disposed) return;
            _heard = Now;
            switch (happened)
            {
                case JobWarning warning:
                    _screen.Line($"warning: {warning.Text}");
                    break;
                case JobNote note:
                    _screen.Line(note.Text);
                    break;
                case TrainingResumed resumed:
                    _screen.Line($"resuming at epoch {resumed.Epoch}, iteration {resumed.Iteration}, from {resumed.Checkpoint}");
                    break;
                case TrainingPretrained begun:
                    _screen.Line($"beginning with {begun.Taken} tensors of {begun.File}; {begun.Kept} of the heads start anew");
                    break;
                case TrainingEpochEnded ended:
                    ShowEpoch(ended);
                    break;
                case JobProgress progress:
                    ShowProgress(progress);
                    break;
                case TaskBegun task:
                    ShowTask(task);
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            _screen.Live("");
        }

        _ticker.Dispose();
    }

    private void ShowEpoch(TrainingEpochEnded ended)
    {
        // Epochs of seconds are for trials; real ones take minutes and are all shown.
        if (!_shows || !(_screen.IsTerminal || Due(Pace, _epochShown) || ended.Record.Epoch + 1 >= ended.Epochs)) return;
        Line(EpochText(ended));
        Line(CostText(ended.Cost));
        _epochShown = Now;
    }

    // What is over stays on the screen as a line each; what goes on is told with the number of its task.
    private void ShowTask(TaskBegun task)
    {
        _screen.Live("");
        if (task.Results.Count > 0) Line(TaskTexts.Ended(task, Now - _taskBegun));
        (_task, _taskBegun, _stage) = ($"{TaskTexts.Begun(task)}: ", Now, null);
        if (_shows && !_screen.IsTerminal) Line(TaskTexts.Begun(task));
    }

    private void ShowProgress(JobProgress progress)
    {
        var (before, now) = (_stage, Now);
        _stage = StageProgress.After(before, progress, now);
        if (!_shows) return;
        var ended = _stage.Finished && before is { Finished: false };
        var begun = before?.Last.Stage != progress.Stage;
        if (_screen.IsTerminal) ShowLive(ended, begun);
        else if (ended || begun || Due(Pace, _shown)) Line(_stage.Text);
    }

    private void ShowLive(bool ended, bool begun)
    {
        if (ended)
        {
            _screen.Live("");
            Line(_stage!.Text);
        }
        else if (begun || Due(LivePace, _shown))
        {
            _screen.Live(_task + _stage!.Text);
            _shown = Now;
        }
    }

    private void Tick()
    {
        lock (_lock)
        {
            if (_disposed || !_shows || _stage is not { Finished: false } stage) return;
            var silence = Now - _heard;
            if (silence < Quiet) return;
            var text = $"{stage.Text}; nothing new for {Durations.Text(silence)}";
            if (_screen.IsTerminal) _screen.Live(text);
            else _screen.Line(text); // not counted as progress: what comes next is shown at once
        }
    }

    private bool Due(TimeSpan pace, TimeSpan? last) => last is not { } at || Now - at >= pace;

    private void Line(string text)
    {
        _screen.Line(text);
        _shown = Now;
    }

    private static string EpochText(TrainingEpochEnded ended)
    {
        var record = ended.Record;
        var took = TimeSpan.FromSeconds(Math.Max(0, record.Ended - record.Started));
        var left = took * Math.Max(0, ended.Epochs - record.Epoch - 1);
        var (classes, rest) = (string.Join(' ', record.DicePerClass.Select(Figure)), left > TimeSpan.Zero ? $", about {Durations.Text(left)} left" : "");
        return $"epoch {record.Epoch + 1}/{ended.Epochs}: loss {Figure(record.TrainLoss)}, validation {Figure(record.ValidationLoss)}, " +
            $"Dice {Figure(record.MeanForegroundDice)} ({classes}), {Durations.Text(took)}{rest}";
    }

    private static string CostText(EpochCost cost) =>
        $"  {Seconds(cost.Compute)} computing, {Seconds(cost.Wait)} waiting for data; {Number(cost.Workers)} workers: {Seconds(cost.Read)} disk, " +
            $"{Seconds(cost.Augment)} augmentation; {Number(cost.Ready)} batches ready; bottleneck: {cost.Bottleneck.ToString().ToLowerInvariant()}" + EpochTexts.Copies(cost);

    private static string Seconds(double seconds) => Durations.Text(TimeSpan.FromSeconds(seconds));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static string Figure(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
