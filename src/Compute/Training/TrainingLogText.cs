using System.Globalization;

namespace ActorSeg.Compute.Training;

/// <summary>
/// The lines of nnU-Net's <c>training_log_*.txt</c> (spec 05 section 10), which other tools parse. Numbers are as Python prints them, per-class lists without
/// the type names that numpy 2 puts in.
/// </summary>
public static class TrainingLogText
{
    /// <summary>The file's name for a training begun at this local time: year, month and day unpadded as nnU-Net writes them.</summary>
    public static string FileName(DateTime started) =>
        string.Create(CultureInfo.InvariantCulture, $"training_log_{started.Year}_{started.Month}_{started.Day}_{started:HH_mm_ss}.txt");

    /// <summary>One line, with its time in front and a blank at its end.</summary>
    public static string Line(DateTime at, string text) => string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd HH:mm:ss.ffffff}: {text} \n");

    /// <summary>What is said when an epoch begins.</summary>
    public static IReadOnlyList<string> EpochBegun(int epoch, double learningRate) => ["", Format($"Epoch {epoch}"), Format($"Current learning rate: {Rounded(learningRate, 5)}")];

    /// <summary>What is said when an epoch has ended and was scored.</summary>
    /// <param name="record">The epoch.</param>
    /// <param name="best">Whether its moving average is the best so far.</param>
    public static IReadOnlyList<string> EpochEnded(EpochRecord record, bool best)
    {
        List<string> lines =
        [
            $"train_loss {Rounded(record.TrainLoss, 4)}",
            $"val_loss {Rounded(record.ValidationLoss, 4)}",
            $"Pseudo dice [{string.Join(", ", record.DicePerClass.Select(d => Rounded(d, 4)))}]",
            $"Epoch time: {Rounded(record.Ended - record.Started, 2)} s",
        ];
        if (best) lines.Add($"Yayy! New best EMA pseudo Dice: {Rounded(record.EmaForegroundDice, 4)}");
        return lines;
    }

    // As Python's round and str: at least one decimal, "nan" for none.
    private static string Rounded(double value, int digits)
    {
        if (!double.IsFinite(value)) return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        var text = Math.Round(value, digits, MidpointRounding.ToEven).ToString("R", CultureInfo.InvariantCulture);
        if (text.Contains('E')) return text.Replace("E-0", "e-0", StringComparison.Ordinal).Replace("E-", "e-", StringComparison.Ordinal);
        return text.Contains('.') ? text : text + ".0";
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
