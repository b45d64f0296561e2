using System.CommandLine;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>qc</c>: one page to look over a folder of predictions.</summary>
internal sealed class QcVerb : JobVerb
{
    private readonly Option<string> _input = new("-i") { HelpName = "DIR", Description = "predictions", Required = true };
    private readonly Option<string?> _images = new("--images") { HelpName = "DIR", Description = "the images that were predicted, to be shown behind the labels" };
    private readonly Option<string?> _references = new("-ref") { HelpName = "DIR", Description = "references, where there are any, for Dice" };
    private readonly Option<string?> _dataset = new("-djfile") { HelpName = "FILE", Description = "dataset.json (default: that of -i)" };
    private readonly Option<string?> _output = new("-o") { HelpName = "FILE", Description = "the page (default: qc.html in -i)" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");

    public QcVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "qc", "Make a page to look over a folder of predictions: pictures, volumes, what stands out.")
    {
        foreach (var option in new Option[] { _input, _images, _references, _dataset, _output, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var input = Path.GetFullPath(given.GetRequiredValue(_input));
        string? Given(Option<string?> flag) => DeterminePostprocessingVerb.PathOf(given, flag);
        var job = new QualityJob(
            paths, input, Given(_images), Given(_references), Given(_dataset), Given(_output) ?? Path.Combine(input, "qc.html"), PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest($"qc of {input}", [job]) { Report = (results, _) => Told((QualityResult)results[0]) };
    }

    private static Report Told(QualityResult result) => new(
        new JsonObject
        {
            ["file"] = result.File,
            ["cases"] = result.Cases,
            ["flagged"] = JsonValues.Array(result.Flagged, f => new JsonObject { ["case"] = f.Case.Value, ["reasons"] = JsonValues.Texts(f.Reasons) }),
            ["quarantined"] = JsonValues.Array(result.Quarantined, JsonValues.Of),
        },
        [
            new ReportLine($"{result.Cases} cases, {result.Flagged.Count} stand out: {result.File}"),
            .. result.Flagged.Select(f => new ReportLine($"{f.Case}: {string.Join("; ", f.Reasons)}")),
            .. Reports.Quarantine(result.Quarantined),
        ],
        result.Quarantined);
}
