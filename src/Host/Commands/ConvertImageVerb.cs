using System.CommandLine;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>convert-image</c>: images and predictions in another format, or one binary mask a label.</summary>
internal sealed class ConvertImageVerb : JobVerb
{
    private readonly Option<string> _input = new("-i") { HelpName = "FILE|DIR", Description = "an image, or a folder of images", Required = true };
    private readonly Option<string> _output = new("-o") { HelpName = "FILE|DIR", Description = "the new file, or the folder of the new files", Required = true };
    private readonly Option<string?> _ending = new("--ending") { HelpName = "ENDING", Description = "format of the new files, such as .nrrd (default: that of -o)" };
    private readonly Option<bool> _masks = new("--per-label") { Description = "write a mask of 0 and 1 for each label into -o, in the format of the input or of --ending" };
    private readonly Option<string?> _dataset = new("-djfile") { HelpName = "FILE", Description = "dataset.json: names of the labels and regions" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "replace files that are there" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "files");

    public ConvertImageVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "convert-image", "Write images in another format, or label maps as one mask a label.")
    {
        foreach (var option in new Option[] { _input, _output, _ending, _masks, _dataset, _overwrite, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (input, output) = (Path.GetFullPath(given.GetRequiredValue(_input)), Path.GetFullPath(given.GetRequiredValue(_output)));
        var labels = given.GetValue(_dataset) is { } file ? DatasetJson.Load(Path.GetFullPath(file)).Labels : null;
        var export = new ImageExport(input, output, given.GetValue(_ending), given.GetValue(_masks), labels, given.GetValue(_overwrite));
        return new JobRequest($"convert-image {input}", [new ExportImagesJob(paths, export, PlanningFlags.WorkersFrom(given, _workers))])
        {
            Report = (results, _) => Told((ExportImagesResult)results[0]),
            Notes = labels is not null && !export.Masks ? ["-djfile has no effect without --per-label"] : [],
        };
    }

    private static Report Told(ExportImagesResult result) => new(
        new JsonObject { ["written"] = JsonValues.Texts(result.Written), ["quarantined"] = JsonValues.Array(result.Quarantined, JsonValues.Of) },
        [.. result.Written.Select(file => new ReportLine(file)), .. Reports.Quarantine(result.Quarantined)], result.Quarantined);
}
