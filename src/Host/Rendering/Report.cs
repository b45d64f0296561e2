using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;

namespace ActorSeg.Host.Rendering;

/// <summary>A result as the user gets it.</summary>
/// <param name="Json">What <c>--json</c> prints.</param>
/// <param name="Parts">What is printed otherwise.</param>
/// <param name="Quarantined">Cases given up; they decide the exit code.</param>
internal sealed record Report(JsonObject Json, IReadOnlyList<ReportPart> Parts, IReadOnlyList<QuarantinedCase> Quarantined)
{
    /// <summary>Whether the result itself is that a data set is not what it must be; it decides the exit code before all else.</summary>
    public bool DataIsWrong { get; init; }

    /// <summary>One line, names as they are.</summary>
    public static JsonSerializerOptions JsonStyle { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>A part of a printed result.</summary>
internal abstract record ReportPart;

/// <summary>A line.</summary>
internal sealed record ReportLine(string Text) : ReportPart;

/// <summary>A table; columns that hold numbers alone are set to the right.</summary>
internal sealed record ReportTable(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportPart
{
    /// <summary>Whether a column holds numbers alone.</summary>
    public bool IsNumeric(int column) =>
        Rows.Count > 0 && Rows.All(row => row[column] is "-" || double.TryParse(row[column], System.Globalization.CultureInfo.InvariantCulture, out _));
}
