using System.Text.RegularExpressions;

namespace ActorSeg.Compute.Datasets;

/// <summary>Environment variables in the paths a dataset.json lists, as Python's <c>os.path.expandvars</c> sees them on POSIX (spec 01 section 3.1).</summary>
public static partial class PathVariables
{
    /// <summary>
    /// Replaces <c>$NAME</c> and <c>${NAME}</c>, from left to right and once: what a variable holds is not looked through again. A variable that is
    /// not set, and <c>~</c>, stay as they are written.
    /// </summary>
    /// <param name="path">As written in dataset.json.</param>
    /// <param name="variable">The value of a variable, null where it is not set. Null expands nothing.</param>
    public static string Expand(string path, Func<string, string?>? variable) => variable is null ? path
        : Reference().Replace(path, match => variable(match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value) ?? match.Value);

    [GeneratedRegex(@"\$(?:([A-Za-z0-9_]+)|\{([^}]*)\})")]
    private static partial Regex Reference();
}
