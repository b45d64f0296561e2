using System.Globalization;

namespace ActorSeg.Actors.Shared;

/// <summary>How much memory this process may take: what its control groups allow, or what the machine has.</summary>
public static class MemoryLimit
{
    /// <summary>The smallest of the machine's memory and the limits of this process's control group and those above it (version 2 and 1).</summary>
    /// <param name="root">Where <c>proc</c> and <c>sys</c> are; <c>/</c> but in tests.</param>
    /// <returns>Bytes; the runtime's own figure where the files are not there.</returns>
    public static long Read(string root = "/")
    {
        var known = Limits(root).ToArray();
        return known.Length == 0 ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : known.Min();
    }

    private static IEnumerable<long> Limits(string root)
    {
        if (Lines(root, "proc/meminfo").FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal)) is { } total
            && Number(total["MemTotal:".Length..].Replace("kB", "", StringComparison.Ordinal)) is { } kilobytes)
            yield return kilobytes << 10;
        foreach (var line in Lines(root, "proc/self/cgroup"))
        {
            // hierarchy:controllers:path, the controllers empty in version 2
            if (line.Split(':', 3) is not [_, var controllers, var group]) continue;
            var (mount, file) = controllers.Length == 0 ? ("sys/fs/cgroup", "memory.max") : ("sys/fs/cgroup/memory", "memory.limit_in_bytes");
            if (controllers.Length > 0 && !controllers.Split(',').Contains("memory")) continue;
            // A group is bound by those above it; in a container the path may be the host's, and the root is what there is.
            for (var at = group.Trim('/'); ; at = at.Contains('/') ? at[..at.LastIndexOf('/')] : "")
            {
                if (Lines(root, Path.Combine(mount, at, file)).FirstOrDefault() is { } text && Number(text) is { } bytes) yield return bytes;
                if (at.Length == 0) break;
            }
        }
    }

    // "max", and version 1's number for it, are no limits.
    private static long? Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1L << 60 ? value : null;

    private static string[] Lines(string root, string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
