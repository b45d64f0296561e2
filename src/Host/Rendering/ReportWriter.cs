using Spectre.Console;

namespace ActorSeg.Host.Rendering;

/// <summary>Prints reports: JSON, plain text, or tables with borders on a terminal.</summary>
internal static class ReportWriter
{
    private const string Gap = "  ";

    /// <summary>Prints a report.</summary>
    /// <param name="report">What.</param>
    /// <param name="output">Where to.</param>
    /// <param name="json">As one JSON object.</param>
    /// <param name="isTerminal">Whether borders and colours are welcome.</param>
    public static void Write(Report report, TextWriter output, bool json, bool isTerminal)
    {
        if (json)
        {
            output.WriteLine(report.Json.ToJsonString(Report.JsonStyle));
            return;
        }

        foreach (var part in report.Parts)
        {
            if (part is not ReportTable table) output.WriteLine(((ReportLine)part).Text);
            else if (isTerminal) WriteRich(table, output);
            else WritePlain(table, output);
        }
    }

    private static void WritePlain(ReportTable table, TextWriter output)
    {
        var widths = table.Headers.Select((header, i) => table.Rows.Select(row => row[i].Length).Append(header.Length).Max()).ToArray();
        foreach (var row in table.Rows.Prepend(table.Headers))
            output.WriteLine(string.Join(Gap, row.Select((cell, i) => table.IsNumeric(i) ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd());
    }

    // In a method of its own: Spectre is loaded only where it is used.
    private static void WriteRich(ReportTable table, TextWriter output)
    {
        var rich = new Table { Border = TableBorder.Rounded };
        for (var i = 0; i < table.Headers.Count; i++)
            rich.AddColumn(new TableColumn(Markup.Escape(table.Headers[i])) { Alignment = table.IsNumeric(i) ? Justify.Right : Justify.Left });
        foreach (var row in table.Rows) rich.AddRow(row.Select(Markup.Escape).ToArray());
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) }).Write(rich);
    }
}
