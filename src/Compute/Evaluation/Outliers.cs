using System.Globalization;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Compute.Evaluation;

/// <summary>
/// Which cases of a folder stand out: by how far a figure lies from the others' median, in units of their median deviation (Iglewicz and Hoaglin's modified
/// z-score, above 3.5). Few cases, or equal ones, make none stand out.
/// </summary>
public static class Outliers
{
    private const int Fewest = 5;
    private const double Threshold = 3.5, Scale = 0.6745;

    /// <summary>Why each case should be looked at; nothing where it need not be.</summary>
    /// <param name="cases">All of a folder.</param>
    /// <param name="labels">The classes, for their names.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Find(IReadOnlyList<QualityCase> cases, LabelSet labels)
    {
        var reasons = cases.Select(c => new List<string>(c.Remarks)).ToList();
        for (var i = 0; i < labels.ForegroundClasses.Count; i++)
        {
            var (index, name) = (i, labels.NameOf(labels.ForegroundClasses[i]));
            Tell($"volume of {name}", cases.Select(c => c.Classes[index].Volume), score => Math.Abs(score) > Threshold);
            Tell($"number of components of {name}", cases.Select(c => (double)c.Classes[index].Components), score => score > Threshold);
            Tell($"Dice of {name}", cases.Select(c => c.Classes[index].Dice ?? double.NaN), score => score < -Threshold);
            // A structure that nearly all have and one has not.
            if (cases.Count >= Fewest && cases.Count(c => c.Classes[index].Components == 0) is > 0 and var missing && missing * 10 <= cases.Count)
                for (var c = 0; c < cases.Count; c++)
                    if (cases[c].Classes[index].Components == 0)
                        reasons[c].Add($"{name} is missing");
        }

        return reasons;

        void Tell(string what, IEnumerable<double> figures, Func<double, bool> standsOut)
        {
            var values = figures.ToList();
            var known = values.Where(double.IsFinite).Order().ToList();
            if (known.Count < Fewest) return;
            var median = Median(known);
            var deviation = Median([.. known.Select(v => Math.Abs(v - median)).Order()]);
            if (deviation == 0) return;
            for (var c = 0; c < values.Count; c++)
                if (double.IsFinite(values[c]) && Scale * (values[c] - median) / deviation is var score && standsOut(score))
                    reasons[c].Add(string.Create(CultureInfo.InvariantCulture, $"{what} is {values[c]:G4}, the others' median {median:G4}"));
        }
    }

    private static double Median(List<double> sorted) => (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
}
