using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>move-plans-between-datasets</c>: plans of one data set for another.</summary>
internal sealed class MovePlansVerb : JobVerb
{
    private readonly Option<string> _source = new("-s") { HelpName = "ID", Description = "data set the plans are of", Required = true };
    private readonly Option<string> _target = new("-t") { HelpName = "ID", Description = "data set they are for", Required = true };
    private readonly Option<string> _sourcePlans = new("-sp") { HelpName = "NAME", Description = "name of the plans", Required = true };
    private readonly Option<string?> _targetPlans = new("-tp") { HelpName = "NAME", Description = "name of the new plans (default: the same)" };

    public MovePlansVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "move-plans-between-datasets", "Make plans for a data set of those of another.")
    {
        foreach (var option in new Option[] { _source, _target, _sourcePlans, _targetPlans }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (source, target) = (DatasetNames.Resolve(paths, given.GetRequiredValue(_source)), DatasetNames.Resolve(paths, given.GetRequiredValue(_target)));
        var name = given.GetRequiredValue(_sourcePlans);
        return new JobRequest($"move-plans-between-datasets {source} to {target}", [new MovePlansJob(paths, source, target, name, given.GetValue(_targetPlans) ?? name)]);
    }
}
