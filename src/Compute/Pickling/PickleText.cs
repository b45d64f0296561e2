namespace ActorSeg.Compute.Pickling;

/// <summary>Texts from a file as a message may show them.</summary>
internal static class PickleText
{
    private const int Longest = 80;

    /// <summary>At most 80 characters, none of them one that a terminal would act on.</summary>
    public static string Shown(string text)
    {
        var shown = text.Length > Longest ? string.Concat(text.AsSpan(0, Longest), "...") : text;
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c)) : shown;
    }

    /// <summary>A value as <see cref="Shown(string)"/>; of a container only its kind.</summary>
    public static string Shown(object? value) => value switch
    {
        null => "nothing",
        string text => Shown(text),
        PickleTuple => "a tuple",
        PickleDict => "a dict",
        List<object?> => "a list",
        TensorReference => "a tensor",
        _ => Shown(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture) ?? ""),
    };
}
