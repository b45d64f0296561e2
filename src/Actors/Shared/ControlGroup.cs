namespace ActorSeg.Actors.Shared;

/// <summary>What Linux shows of the control groups of this process (container, SLURM job).</summary>
internal static class ControlGroup
{
    /// <summary>The folders of a controller's files: of the process's group, then of those above it, which bind it too.</summary>
    /// <param name="root">Where <c>proc</c> and <c>sys</c> are.</param>
    /// <param name="controller">Such as <c>memory</c>.</param>
    /// <returns>Each with the version whose file names count; folders need not be there.</returns>
    public static IEnumerable<(string Folder, int Version)> Folders(string root, string controller)
    {
        foreach (var line in Lines(root, "proc/self/cgroup"))
        {
            // hierarchy:controllers:path, the controllers empty in version 2
            if (line.Split(':', 3) is not [_, var controllers, var group]) continue;
            var version = controllers.Length == 0 ? 2 : 1;
            if (version == 1 && !controllers.Split(',').Contains(controller)) continue;
            // In a container the path may be the host's, and the root is what there is. A mount is named by its controller, or by all it has.
            foreach (var mount in version == 2 ? ["sys/fs/cgroup"] : new[] { $"sys/fs/cgroup/{controller}", $"sys/fs/cgroup/{controllers}" }.Distinct())
                for (var at = group.Trim('/'); ; at = at.Contains('/') ? at[..at.LastIndexOf('/')] : "")
                {
                    yield return (Path.Combine(mount, at), version);
                    if (at.Length == 0) break;
                }
        }
    }

    /// <summary>The lines of a file; none where it cannot be read.</summary>
    public static string[] Lines(string root, string path)
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
