using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>ensemble</c>: averages the probabilities of prediction folders.</summary>
internal sealed class EnsembleVerb : JobVerb
{
    private readonly Option<string> _output = new("-o") { HelpName = "DIR", Description = "label maps go here", Required = true };
    private readonly Option<int?> _workers = PlanningFlags.Workers("-np", "cases");
    private readonly Option<bool> _save = new("--save_npz") { Description = "also keep the averaged probabilities" };
    private readonly Option<string[]> _input = new("-i")
    {
        HelpName = "DIR",
        Description = "folders of predictions made with --save_probabilities",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public EnsembleVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "ensemble", "Average the probabilities of several predictions of the same images.")
    {
        foreach (var option in new Option[] { _input, _output, _save, _workers }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        var (folders, output) = (given.GetRequiredValue(_input).Select(Path.GetFullPath).ToArray(), Path.GetFullPath(given.GetRequiredValue(_output)));
        return new JobRequest($"ensemble {string.Join(' ', folders)}", [new EnsembleJob(paths, folders, output, given.GetValue(_save), PlanningFlags.WorkersFrom(given, _workers))]);
    }
}
