using System.Text.Json.Nodes;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Evaluation;

/// <summary>nnU-Net's summary.json (spec 08 sections 1.2 and 1.4).</summary>
public sealed class EvaluationSummary
{
    private readonly IReadOnlyList<CaseMetrics> _cases;
    private readonly LabelSet _labels;

    /// <summary>Sums up scored cases, in the order they are to be listed.</summary>
    public EvaluationSummary(IReadOnlyList<CaseMetrics> cases, LabelSet labels)
    {
        (_cases, _labels) = (cases, labels);
        Means = [.. labels.ForegroundClasses.Select((_, c) => Mean(cases.Select(x => x.Classes[c].All)))];
        // Background can be asked for by its number, and is then no part of the mean.
        var foreground = Means.Where((_, c) => labels.ForegroundClasses[c].Key != "0").ToList();
        ForegroundMean = [.. Means[0].Select((figure, i) => KeyValuePair.Create(figure.Key, PairwiseSum([.. foreground.Select(m => m[i].Value)]) / foreground.Count))];
    }

    /// <summary>The figures of each foreground class, cases in which one is NaN or infinite left out of its mean.</summary>
    public IReadOnlyList<IReadOnlyList<KeyValuePair<string, double>>> Means { get; }

    /// <summary>The plain mean over classes; one class without any figure makes it NaN.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> ForegroundMean { get; }

    /// <summary>Mean Dice over the foreground classes.</summary>
    public double MeanDice => Figure(ForegroundMean, "Dice");

    /// <summary>Mean Dice of each class, in their order.</summary>
    public IReadOnlyList<double> ClassDice => [.. Means.Select(m => Figure(m, "Dice"))];

    /// <summary>What was scored.</summary>
    public LabelSet Labels => _labels;

    /// <summary>Cases with the figures of their classes, as they are listed.</summary>
    public IReadOnlyList<CaseMetrics> Cases => _cases;

    /// <summary>The means without the cases, as postprocessing.json holds them.</summary>
    public JsonObject MeansToJson() => new()
    {
        ["foreground_mean"] = Figures(ForegroundMean, whole: false),
        ["mean"] = ByClass(i => Figures(Means[i], whole: false)),
    };

    /// <summary>Mean Dice by the class's name in dataset.json.</summary>
    public IReadOnlyDictionary<string, double> DiceByName =>
        ByName("Dice");

    /// <summary>The mean of a figure over the foreground classes; null where the cases do not have it.</summary>
    public double? ForegroundMeanOf(string figure) => ForegroundMean.Any(f => f.Key == figure) ? Figure(ForegroundMean, figure) : null;

    /// <summary>The mean of a figure by the class's name in dataset.json.</summary>
    public IReadOnlyDictionary<string, double> ByName(string figure) =>
        _labels.ForegroundClasses.Select((c, i) => KeyValuePair.Create(_labels.NameOf(c), Figure(Means[i], figure))).ToDictionary();

    /// <summary>The mean Dice over the foreground classes that a summary.json tells.</summary>
    /// <exception cref="DataException">The file is missing, or has no such figure.</exception>
    public static double ReadMeanDice(string path) => new JsonFields(NnUnetJson.ReadObject(path), path).Object("foreground_mean").Number("Dice");

    /// <summary>The mean Dice of each foreground class, by its name in dataset.json, and over them, that a summary.json tells.</summary>
    /// <exception cref="DataException">The file is missing, or lacks a class.</exception>
    public static (IReadOnlyDictionary<string, double> ByName, double Mean) ReadDice(string path, LabelSet labels)
    {
        var means = new JsonFields(NnUnetJson.ReadObject(path), path).Object("mean");
        return (labels.ForegroundClasses.ToDictionary(labels.NameOf, c => means.Object(c.Key).Number("Dice")), ReadMeanDice(path));
    }

    /// <summary>Writes summary.json, durably.</summary>
    public void Save(string path) => DurableFile.WriteText(path, NnUnetJson.Write(ToJson(), sortKeys: true));

    private JsonObject ToJson()
    {
        var json = MeansToJson();
        json["metric_per_case"] = new JsonArray([.. _cases.Select(x => (JsonNode)new JsonObject
        {
            ["metrics"] = ByClass(i => Figures(x.Classes[i].All, whole: true)),
            ["prediction_file"] = x.PredictionFile,
            ["reference_file"] = x.ReferenceFile,
        })]);
        return json;
    }

    private static double Figure(IReadOnlyList<KeyValuePair<string, double>> figures, string name) => figures.Single(f => f.Key == name).Value;

    private JsonObject ByClass(Func<int, JsonNode> figures) => new(_labels.ForegroundClasses.Select((c, i) => KeyValuePair.Create(c.Key, (JsonNode?)figures(i))));

    // Counts are whole numbers in a case and floats in a mean, as numpy leaves them.
    private static JsonObject Figures(IReadOnlyList<KeyValuePair<string, double>> figures, bool whole) =>
        new(figures.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)(whole && IsCount(f.Key) ? JsonValue.Create((long)f.Value) : JsonValue.Create(f.Value)))));

    private static bool IsCount(string figure) => figure is "FN" or "FP" or "TN" or "TP" or "n_pred" or "n_ref";

    private static IReadOnlyList<KeyValuePair<string, double>> Mean(IEnumerable<IReadOnlyList<KeyValuePair<string, double>>> cases)
    {
        var all = cases.ToList();
        return [.. all[0].Select((figure, i) => KeyValuePair.Create(figure.Key, NanMean([.. all.Select(c => Counted(c[i].Value))])))];
    }

    // A distance to a structure that is not there is infinite in its case, and would make every mean infinite.
    private static double Counted(double value) => double.IsInfinity(value) ? double.NaN : value;

    private static double NanMean(double[] values)
    {
        var count = values.Count(v => !double.IsNaN(v));
        return count == 0 ? double.NaN : PairwiseSum(Array.ConvertAll(values, v => double.IsNaN(v) ? 0 : v)) / count;
    }

    // numpy's order of summation, so that means agree to the last digit.
    private static double PairwiseSum(ReadOnlySpan<double> values)
    {
        if (values.Length < 8)
        {
            var sum = 0.0;
            foreach (var value in values) sum += value;
            return sum;
        }

        if (values.Length > 128)
        {
            var half = values.Length / 2;
            half -= half % 8;
            return PairwiseSum(values[..half]) + PairwiseSum(values[half..]);
        }

        Span<double> r = stackalloc double[8];
        values[..8].CopyTo(r);
        var i = 8;
        for (; i < values.Length - (values.Length % 8); i += 8)
            for (var k = 0; k < 8; k++)
                r[k] += values[i + k];
        var total = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
        for (; i < values.Length; i++) total += values[i];
        return total;
    }
}
