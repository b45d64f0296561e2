using System.CommandLine;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>predict</c>: segments images with a model named by data set, trainer, plans and configuration.</summary>
internal sealed class PredictVerb : JobVerb
{
    private readonly PredictionFlags _prediction = new();
    private readonly Option<string> _dataset =
        new("-d") { HelpName = "ID", Description = "data set the model was trained on, by number or full name", Required = true };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer", DefaultValueFactory = _ => "nnUNetTrainer" };
    private readonly Option<string> _configuration = new("-c") { HelpName = "NAME", Description = "configuration", Required = true };
    private readonly Option<int> _parts =
        new("-num_parts") { HelpName = "N", Description = "share the cases among so many calls, each with its -part_id", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _part = new("-part_id") { HelpName = "N", Description = "which of them this call is, from 0" };

    public PredictVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "predict", "Segment images with a trained model.")
    {
        foreach (var option in new Option[] { _dataset, _configuration, _plans, _trainer, _parts, _part }.Concat(_prediction.All)) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (parts, part) = (given.GetValue(_parts), given.GetValue(_part));
        if (parts < 1 || part < 0 || part >= parts) throw new UsageException($"-part_id {part} of -num_parts {parts} is not possible; parts are numbered from 0 to one less than there are");
        var dataset = DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset));
        var model = paths.ModelFolder(dataset, given.GetRequiredValue(_trainer), given.GetRequiredValue(_plans), given.GetRequiredValue(_configuration));
        return _prediction.Request(given, paths, model, (part, parts), variables: true, Host);
    }
}
