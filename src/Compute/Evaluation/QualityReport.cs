using System.Globalization;
using System.Net;
using System.Text;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Evaluation;

/// <summary>A page for looking over a folder of predictions: one HTML file without scripts that loads nothing, cases that stand out first.</summary>
public static class QualityReport
{
    private const string Style = """
        body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1d1f24;background:#fff}
        h1{font-size:1.5rem}h2{font-size:1.1rem;margin:0 0 .5rem}
        table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{padding:.15rem .7rem;text-align:right;border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums}
        th:first-child,td:first-child{text-align:left}
        article{border:1px solid #ccc;border-radius:6px;padding:1rem;margin:1rem 0;display:flex;flex-wrap:wrap;gap:1rem 2rem}
        article.flagged{border-color:#b3261e;border-width:2px}article>div{flex:1 1 20rem}
        .why{color:#b3261e}.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.4em}img{max-width:100%;height:auto;align-self:flex-start}
        """;

    /// <summary>The page.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="cases">Sorted.</param>
    /// <param name="reasons">Why each stands out.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="failed">Cases that could not be read, each with its cause.</param>
    public static string Html(
        string title, IReadOnlyList<QualityCase> cases, IReadOnlyList<IReadOnlyList<string>> reasons, LabelSet labels, IReadOnlyList<(string Case, string Cause)> failed)
    {
        var page = new StringBuilder();
        page.Append($"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Text(title)}</title>\n<style>\n{Style}\n</style></head><body>\n");
        page.Append($"<h1>{Text(title)}</h1>\n<p>{cases.Count} cases, {reasons.Count(r => r.Count > 0)} stand out{(failed.Count > 0 ? $", {failed.Count} could not be read" : "")}.</p>\n");
        if (failed.Count > 0) Table(page, ["could not be read", "cause"], failed.Select(f => (IReadOnlyList<string>)[f.Case, f.Cause]));
        if (cases.Count > 0) Overview(page, cases, labels);
        var order = Enumerable.Range(0, cases.Count).OrderByDescending(i => reasons[i].Count > 0).ToList();
        var flagged = order.Where(i => reasons[i].Count > 0).ToList();
        if (flagged.Count > 0)
        {
            page.Append("<h2>What stands out</h2>\n<ul>\n");
            foreach (var i in flagged)
                page.Append($"<li><a href=\"#case-{i}\">{Text(cases[i].Input.Case.Value)}</a>: <span class=\"why\">{Text(string.Join("; ", reasons[i]))}</span></li>\n");
            page.Append("</ul>\n");
        }

        foreach (var i in order) Case(page, i, cases[i], reasons[i], labels);
        return page.Append("</body></html>\n").ToString();
    }

    /// <summary>Writes the page, durably.</summary>
    public static void Save(string file, string html) => DurableFile.WriteText(file, html);

    private static void Overview(StringBuilder page, IReadOnlyList<QualityCase> cases, LabelSet labels) => Table(
        page, ["structure", $"volume, {Unit(cases[0])}: least", "median", "most", "missing in", "Dice: least", "mean"],
        labels.ForegroundClasses.Select((wanted, i) =>
        {
            var (volumes, dice) = (cases.Select(c => c.Classes[i].Volume).Order().ToList(), cases.Select(c => c.Classes[i].Dice ?? double.NaN).Where(double.IsFinite).ToList());
            return (IReadOnlyList<string>)
            [
                labels.NameOf(wanted), Number(volumes[0]), Number((volumes[(volumes.Count - 1) / 2] + volumes[volumes.Count / 2]) / 2), Number(volumes[^1]),
                cases.Count(c => c.Classes[i].Components == 0).ToString(CultureInfo.InvariantCulture),
                dice.Count > 0 ? Fraction(dice.Min()) : "-", dice.Count > 0 ? Fraction(dice.Average()) : "-",
            ];
        }));

    private static void Case(StringBuilder page, int number, QualityCase found, IReadOnlyList<string> reasons, LabelSet labels)
    {
        page.Append($"<article id=\"case-{number}\"{(reasons.Count > 0 ? " class=\"flagged\"" : "")}><div><h2>{Text(found.Input.Case.Value)}</h2>\n");
        page.Append($"<p>{found.Shape} voxels{(found.IsFlat ? "" : FormattableString.Invariant($" of {found.Spacing.Z:G4} x {found.Spacing.Y:G4} x {found.Spacing.X:G4} mm"))}</p>\n");
        foreach (var reason in reasons) page.Append($"<p class=\"why\">{Text(reason)}</p>\n");
        page.Append("<table><tr>");
        foreach (var head in (string[])["structure", $"volume, {Unit(found)}", "components", "largest", "Dice"]) page.Append($"<th>{head}</th>");
        page.Append("</tr>\n");
        for (var i = 0; i < found.Classes.Count; i++)
        {
            var (wanted, figures) = (labels.ForegroundClasses[i], found.Classes[i]);
            page.Append($"<tr><td><span class=\"key\" style=\"background:{OverlayPng.ColourOf(wanted.Labels[0])}\"></span>{Text(labels.NameOf(wanted))}</td><td>{Number(figures.Volume)}</td>");
            page.Append($"<td>{figures.Components}</td><td>{Fraction(figures.LargestShare)}</td><td>{(figures.Dice is { } dice ? Fraction(dice) : "-")}</td></tr>\n");
        }

        page.Append($"</table></div><img alt=\"{Text(found.Input.Case.Value)}\" src=\"data:image/png;base64,{Convert.ToBase64String(found.Picture)}\"></article>\n");
    }

    private static void Table(StringBuilder page, IReadOnlyList<string> heads, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Append("<table><tr>");
        foreach (var head in heads) page.Append($"<th>{Text(head)}</th>");
        page.Append("</tr>\n");
        foreach (var row in rows) page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>\n");
        page.Append("</table>\n");
    }

    private static string Unit(QualityCase found) => found.IsFlat ? "pixels" : "ml";

    private static string Number(double value) => value.ToString(value >= 100 ? "0" : "G3", CultureInfo.InvariantCulture);

    private static string Fraction(double value) => double.IsFinite(value) ? value.ToString("0.000", CultureInfo.InvariantCulture) : "-";

    // Names come from files: nothing in them is markup.
    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
