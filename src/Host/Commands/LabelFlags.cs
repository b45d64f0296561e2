using System.CommandLine;
using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;

namespace ActorSeg.Host.Commands;

/// <summary>Flags that say what channels and labels are called, each with its reading.</summary>
internal static class LabelFlags
{
    public static Option<string[]> Labels(string more) =>
        Several("--labels", "NAME=VALUE", $"labels, such as liver=1,tumour=2; a list of values (all=1,2) is a region{more}");

    public static Option<string[]> Channels() =>
        Several("--channels", "N=NAME", "what each channel is, such as 0=CT,1=PET; the name selects the normalisation");

    public static Option<string[]> ClassOrder() =>
        Several("--regions-class-order", "LABEL", "with regions: the label written for each, in their order");

    /// <summary>Labels by name; <c>background</c> is put in front where it is not named. Null where none are given.</summary>
    /// <exception cref="UsageException">A part is neither a name with a value nor a further value of the one before.</exception>
    public static IReadOnlyList<KeyValuePair<string, LabelClass>>? LabelsFrom(ParseResult given, Option<string[]> flag)
    {
        var named = new List<(string Name, List<int> Values)>();
        foreach (var part in Parts(given, flag))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at > 0) named.Add((part[..at].Trim(), []));
            if (at == 0 || named.Count == 0) throw new UsageException($"{flag.Name} {part} has no name; write it as NAME=VALUE, such as liver=1");
            named[^1].Values.Add(Number(flag, part[(at + 1)..]));
        }

        return named.Count == 0 ? null
            : BidsLabels.WithBackground(named.Select(label => KeyValuePair.Create(label.Name, new LabelClass(label.Values, label.Values.Count > 1))));
    }

    /// <summary>Names in channel order.</summary>
    /// <exception cref="UsageException">A number is missing, there twice, or none.</exception>
    public static IReadOnlyList<string> ChannelsFrom(ParseResult given, Option<string[]> flag)
    {
        var names = new SortedDictionary<int, string>();
        foreach (var part in Parts(given, flag))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || at == part.Length - 1) throw new UsageException($"{flag.Name} {part} is not of the form NUMBER=NAME, such as 0=CT");
            if (!names.TryAdd(Number(flag, part[..at]), part[(at + 1)..].Trim())) throw new UsageException($"{flag.Name} gives channel {part[..at]} twice");
        }

        return names.Keys.SequenceEqual(Enumerable.Range(0, names.Count)) ? [.. names.Values]
            : throw new UsageException($"{flag.Name} gives channels {string.Join(", ", names.Keys)}; number them 0, 1, 2, ... without gaps");
    }

    /// <summary>Null where none are given.</summary>
    /// <exception cref="UsageException">One is no number.</exception>
    public static IReadOnlyList<int>? ClassOrderFrom(ParseResult given, Option<string[]> flag) =>
        Parts(given, flag).Select(part => Number(flag, part)).ToArray() is { Length: > 0 } order ? order : null;

    private static IEnumerable<string> Parts(ParseResult given, Option<string[]> flag) =>
        (given.GetValue(flag) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static int Number(Option flag, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new UsageException($"{flag.Name}: '{text}' is not a whole number from 0");

    private static Option<string[]> Several(string name, string help, string description) =>
        new(name) { HelpName = help, Description = description, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };
}
