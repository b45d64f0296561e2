namespace ActorSeg.Compute.Files;

/// <summary>Texts from a file as a message may show them.</summary>
internal static class MessageText
{
    private const int Longest = 80;

    /// <summary>At most 80 characters, none of them one that a terminal would act on.</summary>
    public static string Shown(string text) => Shown(text, Longest);

    /// <summary>As <see cref="Shown(string)"/>, of another length.</summary>
    public static string Shown(string text, int longest)
    {
        var shown = text.Length > longest ? string.Concat(text.AsSpan(0, longest), "...") : text;
        return shown.Any(char.IsControl) ? string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c)) : shown;
    }
}
