using System.CommandLine;
using System.Text.RegularExpressions;
using ActorSeg.Compute;

namespace ActorSeg.Host.Commands;

/// <summary>
/// nnU-Net's spelling. Python's argparse accepts more than this parser: unique beginnings of a flag (<c>-step 0.7</c>) and values attached to
/// one-letter flags (<c>-f0</c>). They are written out here (spec 09 section 1), and a flag nobody knows is refused before a list could swallow
/// it as a value.
/// </summary>
internal static partial class FlagSpelling
{
    private const string NnUNetPrefix = "nnUNetv2_";

    /// <summary>The arguments with every flag spelled out.</summary>
    /// <exception cref="UsageException">A flag is unknown or its beginning fits several.</exception>
    public static IReadOnlyList<string> Normalise(RootCommand root, IReadOnlyList<string> args)
    {
        var (command, inherited, normalised) = ((Command)root, new List<Option>(root.Options.Where(o => o.Recursive)), new List<string>());
        for (var i = 0; i < args.Count; i++)
        {
            var token = args[i];
            if (token == "--") return [.. normalised, .. args.Skip(i)];
            if (!IsFlag(token))
            {
                var verb = command.Subcommands.Count > 0 ? Verb(token, command) : null;
                normalised.Add(verb?.Name ?? token);
                command = verb ?? command;
                continue;
            }

            foreach (var part in Spelled(token, command, inherited)) normalised.Add(part);

            // The value of a flag before the verb is not taken for the verb.
            var takesNext = command.Subcommands.Count > 0 && i + 1 < args.Count && Find(normalised[^1], inherited) is { Arity.MinimumNumberOfValues: > 0 };
            if (takesNext) normalised.Add(args[++i]);
        }

        return normalised;
    }

    // nnU-Net's own names are verbs too: nnUNetv2_plan_and_preprocess is plan-and-preprocess, nnUNetv2_convert_MSD_dataset convert-msd-dataset.
    private static Command Verb(string token, Command command)
    {
        var name = token.StartsWith(NnUNetPrefix, StringComparison.Ordinal) ? token[NnUNetPrefix.Length..].Replace('_', '-').ToLowerInvariant() : token;
        var near = Nearest.To(name, command.Subcommands.Select(c => c.Name));
        var advice = near is null ? "'actorseg --help' lists those there are" : $"did you mean '{near}'?";
        return command.Subcommands.FirstOrDefault(c => c.Name == name) ?? throw new UsageException($"there is no command '{token}'; {advice}");
    }

    private static IEnumerable<string> Spelled(string token, Command command, IReadOnlyList<Option> inherited)
    {
        var at = token.IndexOf('=', StringComparison.Ordinal);
        var (name, rest) = at < 0 ? (token, "") : (token[..at], token[at..]);
        var all = command.Options.Concat(inherited).ToArray();
        if (Find(name, all) is not null) return [token];

        // Beginnings count for the verb's own flags alone, so that our additions make no old script ambiguous.
        var fits = command.Options.SelectMany(Spellings).Where(s => s.StartsWith(name, StringComparison.Ordinal)).Select(s => new[] { s + rest }).ToList();
        if (name[1] != '-' && Find(name[..2], command.Options) is not null) fits.Add([token[..2], token[2..]]);
        var near = Nearest.To(name, all.Where(o => !o.Hidden).SelectMany(Spellings));
        return fits.Count switch
        {
            1 => fits[0],
            0 => throw new UsageException($"there is no flag {name} here" + (near is null ? "" : $"; did you mean {near}?")),
            _ => throw new UsageException($"{name} fits several flags: {string.Join(", ", fits.Select(f => f[0]))}; write it out"),
        };
    }

    private static Option? Find(string name, IEnumerable<Option> options) => options.FirstOrDefault(o => Spellings(o).Contains(name));

    private static IEnumerable<string> Spellings(Option option) => option.Aliases.Prepend(option.Name);

    private static bool IsFlag(string token) => token.Length > 1 && token[0] == '-' && !NegativeNumber().IsMatch(token);

    [GeneratedRegex(@"^-(\d+|\d*\.\d+)$")]
    private static partial Regex NegativeNumber();
}
