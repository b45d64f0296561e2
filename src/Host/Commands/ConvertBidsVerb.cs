using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>convert-bids</c>: a BIDS data set with label maps among its derivatives as a raw data set.</summary>
internal sealed class ConvertBidsVerb : JobVerb
{
    private readonly Option<string> _input = new("-i") { HelpName = "DIR", Description = "the BIDS data set, with sub-* and derivatives", Required = true };
    private readonly Option<int> _id = new("-d") { HelpName = "ID", Description = "number of the new data set", Required = true };
    private readonly Option<string> _name = new("-name") { HelpName = "NAME", Description = "name of the new data set, without DatasetXXX_", Required = true };
    private readonly Option<string?> _derivatives =
        new("--derivatives") { HelpName = "NAME", Description = "folder below derivatives with the label maps (default: the only one)" };
    private readonly Option<string[]> _suffixes = Suffixes("--suffix", "images, one channel each in this order; default T1w");
    private readonly Option<string[]> _labelSuffixes =
        Suffixes("--label-suffix", $"what label maps' names end in, the first found counts; default {string.Join(' ', BidsSource.UsualLabelSuffixes)}");
    private readonly Option<string[]> _labels = LabelFlags.Labels("; default: dseg.tsv of the derivatives, else the values found");
    private readonly Option<string[]> _order = LabelFlags.ClassOrder();
    private readonly Option<bool> _renumber =
        new("--renumber") { Description = "give labels the numbers 0, 1, 2, ... where theirs leave gaps (a mask of 255)" };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "files");

    public ConvertBidsVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "convert-bids", "Make a raw data set of a BIDS data set with derivatives.")
    {
        foreach (var option in new Option[] { _input, _id, _name, _derivatives, _suffixes, _labelSuffixes, _labels, _order, _renumber, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        _ = paths.RawFolder(""); // its absence is told of at once
        var name = DatasetNames.Of(given.GetValue(_id), given.GetRequiredValue(_name));
        var source = new BidsSource(
            Path.GetFullPath(given.GetRequiredValue(_input)), Given(given, _suffixes, ["T1w"]), given.GetValue(_derivatives),
            Given(given, _labelSuffixes, BidsSource.UsualLabelSuffixes));
        var naming = new BidsNaming(LabelFlags.LabelsFrom(given, _labels), LabelFlags.ClassOrderFrom(given, _order), given.GetValue(_renumber));
        var job = new ConvertBidsJob(paths, source, name, naming, PlanningFlags.WorkersFrom(given, _workers));
        return new JobRequest($"convert-bids {source.Folder} as {name}", [job]) { Report = (results, _) => ConversionReport.Of(results) };
    }

    private static IReadOnlyList<string> Given(ParseResult given, Option<string[]> flag, IReadOnlyList<string> otherwise) =>
        given.GetValue(flag) is { Length: > 0 } named ? [.. named.Select(suffix => suffix.TrimStart('_'))] : otherwise;

    private static Option<string[]> Suffixes(string name, string description) =>
        new(name) { HelpName = "SUFFIX", Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };
}
