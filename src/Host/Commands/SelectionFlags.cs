using System.CommandLine;
using ActorSeg.Compute;

namespace ActorSeg.Host.Commands;

/// <summary>Flags of the verbs that look at cross-validation, each with its reading.</summary>
internal static class SelectionFlags
{
    public static Argument<string> Dataset() => new("dataset_name_or_id") { Description = "the data set, by number or full name" };

    public static Option<int[]> Folds() => new("-f")
    {
        HelpName = "FOLD",
        Description = "folds (default: 0 1 2 3 4)",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
    };

    public static Option<string[]> Names(string flag, string what, params string[] otherwise) => new(flag)
    {
        HelpName = "NAME",
        Description = $"{what} (default: {string.Join(' ', otherwise)})",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => otherwise,
    };

    /// <exception cref="UsageException">A fold is named twice or is no number from 0.</exception>
    public static IReadOnlyList<int> FoldsFrom(ParseResult given, Option<int[]> flag)
    {
        int[] folds = given.GetValue(flag) is { Length: > 0 } named ? named : [0, 1, 2, 3, 4];
        return folds.All(fold => fold >= 0) && folds.Distinct().Count() == folds.Length ? folds
            : throw new UsageException($"{flag.Name} {string.Join(' ', folds)} is not allowed; give each fold once, from 0");
    }
}
