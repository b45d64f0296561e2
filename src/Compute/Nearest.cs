namespace ActorSeg.Compute;

/// <summary>Guesses what a mistyped word was meant to be.</summary>
public static class Nearest
{
    /// <summary>The known word with the fewest edits to the given one, the first of equals; null where none comes near.</summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var (best, fewest) = ((string?)null, int.MaxValue);
        foreach (var candidate in known)
        {
            var edits = Edits(word, candidate);
            if (edits < fewest) (best, fewest) = (candidate, edits);
        }

        return best is not null && fewest <= Math.Max(best.Length, word.Length) / 2 ? best : null;
    }

    /// <summary>Insertions, deletions and substitutions from one word to another (Levenshtein).</summary>
    public static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
