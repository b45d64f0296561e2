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
        if (ControlGroup.Lines(root, "proc/meminfo").FirstOrDefault(line => line.StartsWith("MemTotal:", StringComparison.Ordinal)) is { } total
            && Number(total["MemTotal:".Length..].Replace("kB", "", StringComparison.Ordinal)) is { } kilobytes)
            yield return kilobytes << 10;
        foreach (var (folder, version) in ControlGroup.Folders(root, "memory"))
            if (ControlGroup.Lines(root, Path.Combine(folder, version == 2 ? "memory.max" : "memory.limit_in_bytes")).FirstOrDefault() is { } text && Number(text) is { } bytes)
                yield return bytes;
    }

    // "max", and version 1's number for it, are no limits.
    private static long? Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1L << 60 ? value : null;
}
