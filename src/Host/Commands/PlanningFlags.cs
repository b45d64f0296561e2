using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Host.Commands;

/// <summary>Flags the fingerprint, planning and preprocessing verbs share (spec 09 section 3.1), each with its reading.</summary>
internal static class PlanningFlags
{
    /// <summary>nnU-Net's default configurations.</summary>
    public static readonly IReadOnlyList<string> DefaultConfigurations = ["2d", "3d_fullres", "3d_lowres"];

    /// <summary>nnU-Net's default class; others are refused.</summary>
    public const string Extractor = "DatasetFingerprintExtractor";

    public static Option<string[]> Datasets() => new("-d")
    {
        HelpName = "ID",
        Description = "data sets, by number or full name",
        Required = true,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<int?> Workers(string name, string what) =>
        new(name) { HelpName = "N", Description = $"{what} at once at most (default: the node decides by processors and memory)" };

    public static Option<int[]> WorkersPerConfiguration() => new("-np")
    {
        HelpName = "N",
        Description = "cases preprocessed at once at most, one number for all or one a configuration (default: the node decides)",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<string[]> Configurations() => new("-c")
    {
        HelpName = "NAME",
        Description = $"configurations (default: {string.Join(' ', DefaultConfigurations)})",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<bool> Verify() => new("--verify_dataset_integrity") { Description = "check the whole data set first" };

    public static Option<bool> Clean() => new("--clean") { Description = "measure again where a fingerprint exists" };

    public static Option<bool> Fresh() => new("--fresh") { Description = "make every case again (default: cases that are there as they would be made are kept)" };

    public static Option<bool> NoBar() => new("--no_pbar") { Description = "show no progress" };

    public static Option<bool> Verbose() => new("--verbose") { Description = "accepted; progress and warnings are always shown in full" };

    /// <summary>A class name of which only nnU-Net's default is known.</summary>
    public static Option<string> OnlyDefault(string name, string only) => new(name) { Hidden = true, DefaultValueFactory = _ => only };

    /// <summary>The full names of the data sets given.</summary>
    public static IReadOnlyList<string> Names(string[]? given, DatasetPaths paths) =>
        [.. (given ?? []).Select(dataset => DatasetNames.Resolve(paths, dataset))];

    /// <exception cref="UsageException">Another class is asked for.</exception>
    public static void RequireDefault(ParseResult given, Option<string> flag, string only)
    {
        if (given.GetValue(flag) is { } wanted && wanted != only) throw new UsageException($"{flag.Name} {wanted} is not supported yet: only {only} is there");
    }

    /// <summary>A wish of so many workers; 0 leaves it to the node.</summary>
    /// <exception cref="UsageException">Fewer than one.</exception>
    public static int WorkersFrom(ParseResult given, Option<int?> flag) => given.GetValue(flag) switch
    {
        null => 0,
        < 1 and var n => throw new UsageException($"{flag.Name} {n} is not allowed; give 1 or more"),
        { } n => n,
    };

    /// <summary>One job, or one a configuration where each has a number of workers of its own.</summary>
    /// <exception cref="UsageException">As many numbers as configurations are needed.</exception>
    public static IEnumerable<PreprocessJob> Preprocess(
        DatasetPaths paths, string dataset, string plans, string[]? configurations, int[]? workers, bool fresh)
    {
        IReadOnlyList<string> names = configurations is { Length: > 0 } ? configurations : DefaultConfigurations;
        CheckWorkers(names.Count, workers);
        return workers is { Length: > 1 }
            ? names.Zip(workers, (name, n) => new PreprocessJob(paths, dataset, plans, [name], n, fresh))
            : [new PreprocessJob(paths, dataset, plans, names, workers is [var all] ? all : 0, fresh)];
    }

    private static void CheckWorkers(int configurations, int[]? workers)
    {
        if (workers is null or []) return;
        if (workers.Any(n => n < 1)) throw new UsageException($"-np {string.Join(' ', workers)} is not allowed; give 1 or more");
        if (workers.Length > 1 && workers.Length != configurations)
            throw new UsageException($"-np has {workers.Length} numbers for {configurations} configurations; give one for all or one for each");
    }
}
