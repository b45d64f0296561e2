using System.CommandLine;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>predict</c>: segments a folder of images with a model named by data set, trainer, plans and configuration.</summary>
internal sealed class PredictVerb : JobVerb
{
    private readonly PredictionFlags _prediction = new();
    private readonly Option<string> _dataset =
        new("-d") { HelpName = "ID", Description = "data set the model was trained on, by number or full name", Required = true };
    private readonly Option<string> _plans = new("-p") { HelpName = "NAME", Description = "plans", DefaultValueFactory = _ => "nnUNetPlans" };
    private readonly Option<string> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer", DefaultValueFactory = _ => "nnUNetTrainer" };
    private readonly Option<string> _configuration = new("-c") { HelpName = "NAME", Description = "configuration", Required = true };
    private readonly Option<int> _parts = new("-num_parts") { Hidden = true, DefaultValueFactory = _ => 1 };
    private readonly Option<int> _part = new("-part_id") { Hidden = true };

    public PredictVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "predict", "Segment a folder of images with a trained model.")
    {
        foreach (var option in new Option[] { _dataset, _configuration, _plans, _trainer, _parts, _part }.Concat(_prediction.All)) Add(option);
        foreach (var (flag, why) in PredictionFlags.Refused) Refuse(flag, why);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        if ((given.GetValue(_parts), given.GetValue(_part)) is var (parts, part) && (parts, part) != (1, 0))
            throw new UsageException($"-num_parts {parts} -part_id {part} is not supported yet: one call predicts the whole folder");
        var dataset = DatasetNames.Resolve(paths, given.GetRequiredValue(_dataset));
        var model = paths.ModelFolder(dataset, given.GetRequiredValue(_trainer), given.GetRequiredValue(_plans), given.GetRequiredValue(_configuration));
        return _prediction.Request(given, paths, model, Host);
    }
}
