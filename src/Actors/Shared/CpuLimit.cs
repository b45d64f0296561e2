using System.Globalization;

namespace ActorSeg.Actors.Shared;

/// <summary>How many processors this process may keep busy: what its control groups allow, or what the machine has.</summary>
public static class CpuLimit
{
    /// <summary>The smallest of the processors the process runs on and the quotas of its control group and those above it (version 2 and 1).</summary>
    /// <param name="processors">That the process runs on: <see cref="Environment.ProcessorCount"/> but in tests.</param>
    /// <param name="root">Where <c>proc</c> and <c>sys</c> are; <c>/</c> but in tests.</param>
    /// <returns>Above 0, and not always whole: a quota of 150 % is 1.5.</returns>
    public static double Read(int processors, string root = "/") => Quotas(root).Append(processors).Min();

    private static IEnumerable<double> Quotas(string root)
    {
        foreach (var (folder, version) in ControlGroup.Folders(root, "cpu"))
        {
            // Version 2 has both in one line: microseconds of processor time in each period, "max" for as much as there is; version 1 says -1.
            string[] figures = version == 2
                ? ControlGroup.Lines(root, Path.Combine(folder, "cpu.max")).FirstOrDefault()?.Split(' ') ?? []
                : [.. ControlGroup.Lines(root, Path.Combine(folder, "cpu.cfs_quota_us")).Take(1), .. ControlGroup.Lines(root, Path.Combine(folder, "cpu.cfs_period_us")).Take(1)];
            if (figures is [var quota, var period] && Microseconds(quota) is { } q && Microseconds(period) is { } p) yield return q / p;
        }
    }

    private static double? Microseconds(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0 ? value : null;
}
