using System.CommandLine;
using System.Text.Json.Nodes;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>generate-dataset-json</c>: writes dataset.json of a raw data set, as nnU-Net's Python function does; the cases are counted.</summary>
internal sealed class GenerateDatasetJsonVerb : JobVerb
{
    private readonly Option<string> _dataset =
        new("-d") { HelpName = "ID|DIR", Description = "the raw data set, by number, full name or folder", Required = true };
    private readonly Option<string[]> _channels = LabelFlags.Channels();
    private readonly Option<string[]> _labels = LabelFlags.Labels("; background is added");
    private readonly Option<string[]> _order = LabelFlags.ClassOrder();
    private readonly Option<string> _ending =
        new("--file-ending") { HelpName = "ENDING", Description = "of images and label maps (default: .nii.gz)", DefaultValueFactory = _ => ".nii.gz" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "replace the file that is there" };
    private readonly Option<string?> _name = Text("--name", "the data set's name");
    private readonly Option<string?> _description = Text("--description", "what it is");
    private readonly Option<string?> _reference = Text("--reference", "where it comes from");
    private readonly Option<string?> _release = Text("--release", "its version");
    private readonly Option<string?> _citation = Text("--citation", "what to cite");
    private readonly Option<string?> _license = Text("--license", "under which it may be used");
    private readonly Option<string?> _convertedBy = Text("--converted-by", "who made it of what there was");
    private readonly Option<string?> _reader = Text("--reader", "class name of the image reader to be used");

    public GenerateDatasetJsonVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "generate-dataset-json", "Write dataset.json of a raw data set.")
    {
        _channels.Required = _labels.Required = true;
        foreach (var option in new Option[]
        {
            _dataset, _channels, _labels, _order, _ending, _overwrite, _name, _description, _reference, _release, _citation, _license, _convertedBy, _reader,
        }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var dataset = given.GetRequiredValue(_dataset);
        var isFolder = dataset.AsSpan().ContainsAny('/', '\\') || dataset is "." or "..";
        var folder = isFolder ? Path.GetFullPath(dataset) : paths.RawFolder(DatasetNames.Resolve(paths, dataset));
        var description = new DatasetDescription
        {
            ChannelNames = LabelFlags.ChannelsFrom(given, _channels),
            Labels = LabelFlags.LabelsFrom(given, _labels) ?? throw new UsageException("--labels names no label; write them as NAME=VALUE, such as liver=1"),
            RegionsClassOrder = LabelFlags.ClassOrderFrom(given, _order),
            FileEnding = given.GetRequiredValue(_ending),
            Name = given.GetValue(_name),
            Description = given.GetValue(_description),
            Reference = given.GetValue(_reference),
            Release = given.GetValue(_release),
            Citation = given.GetValue(_citation),
            License = given.GetValue(_license) ?? DatasetDescription.NotStated,
            ConvertedBy = given.GetValue(_convertedBy) ?? DatasetDescription.NotStated,
            Reader = given.GetValue(_reader),
        };
        return new JobRequest($"generate-dataset-json {folder}", [new DatasetJsonJob(paths, folder, description, given.GetValue(_overwrite))])
        {
            Report = (results, _) => Told((DatasetJsonResult)results[0]),
        };
    }

    private static Report Told(DatasetJsonResult result) => new(
        new JsonObject { ["file"] = result.File, ["cases"] = result.Cases }, [new ReportLine($"{result.Cases} training cases: {result.File}")], []);

    private static Option<string?> Text(string name, string description) => new(name) { HelpName = "TEXT", Description = description };
}
