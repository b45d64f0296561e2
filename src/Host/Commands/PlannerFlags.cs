using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary>What <c>plan-experiment</c> and <c>plan-and-preprocess</c> are told about planning (spec 02 section 9).</summary>
internal sealed class PlannerFlags(HostServices host)
{
    private readonly Option<string> _planner = new("-pl") { HelpName = "CLASS", Description = "planner", DefaultValueFactory = _ => "ExperimentPlanner" };
    private readonly Option<double?> _memory =
        new("-gpu_memory_target") { HelpName = "GB", Description = "memory of the device planned for (default: the planner's own)" };
    private readonly Option<string> _preprocessor =
        new("-preprocessor_name") { HelpName = "CLASS", Description = "preprocessor the plans name", DefaultValueFactory = _ => "DefaultPreprocessor" };
    private readonly Option<double[]> _spacing = TargetSpacing("instead of the data set's median");
    private readonly Option<string?> _plans =
        new("-overwrite_plans_name") { HelpName = "NAME", Description = "name of the plans (default: the planner's own)" };

    private readonly Option<string[]> _regions = RegionsFlag("make each of these labels, by value or name, a region with an output of its own; the others are background");

    /// <summary>The flags, in the order of the help text.</summary>
    public IEnumerable<Option> All => [_planner, _memory, _spacing, _plans, _preprocessor, _regions];

    /// <summary>What the user should know before it begins.</summary>
    public IReadOnlyList<string> Notes => BatchSizeVariable.Of(host) is { } size ? [$"{BatchSizeVariable.Name} is set: every configuration is planned with batches of {size}"] : [];

    /// <summary>The job of a data set.</summary>
    /// <exception cref="UsageException">A value is out of range.</exception>
    public PlanJob Job(ParseResult given, DatasetPaths paths, string dataset) => new(paths, dataset, given.GetRequiredValue(_planner), OptionsFrom(given))
    {
        Regions = given.GetValue(_regions) is { Length: > 0 } labels ? labels : null,
    };

    private PlannerOptions OptionsFrom(ParseResult given) => new(given.GetValue(_memory), given.GetValue(_plans), SmallNetwork: false)
    {
        OverwriteTargetSpacing = SpacingFrom(given, _spacing),
        PreprocessorName = given.GetRequiredValue(_preprocessor),
        BatchSize = BatchSizeVariable.Of(host),
    };

    /// <summary>The flag that makes regions of labels.</summary>
    public static Option<string[]> RegionsFlag(string description) =>
        new("--regions") { HelpName = "LABEL", Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };

    /// <summary>The flag of a target spacing.</summary>
    public static Option<double[]> TargetSpacing(string more) => new("-overwrite_target_spacing")
    {
        HelpName = "MM",
        Description = $"target spacing in the order of the reader's axes (z y x), {more}",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>Its value; null where it is not given.</summary>
    /// <exception cref="UsageException">It is not three numbers.</exception>
    public static Spacing? SpacingFrom(ParseResult given, Option<double[]> flag) => given.GetValue(flag) switch
    {
        null or [] => null,
        [var z, var y, var x] => new Spacing(z, y, x),
        var other => throw new UsageException($"{flag.Name} has {other.Length} numbers; give three, in the order of the reader's axes (z y x)"),
    };
}
