namespace ActorSeg.Compute.Postprocessing;

/// <summary>Keeps the largest connected component (spec 08 section 5.1).</summary>
public static class LargestComponents
{
    /// <summary>
    /// Of each group of labels, taken as one structure, sets to 0 what does not belong to its largest component; of components that share the largest size
    /// all stay. Components are connected through faces, edges and corners; spacing does not count.
    /// </summary>
    /// <param name="labels">Changed in place; C order.</param>
    /// <param name="shape">Their extent.</param>
    /// <param name="groups">The labels of each structure; no label in two of them.</param>
    /// <returns>Voxels that were set to 0.</returns>
    public static long Keep(Span<ushort> labels, VolumeShape shape, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        var components = new ConnectedComponents(labels, shape, GroupsOf(groups));
        var largest = new long[groups.Count + 1];
        foreach (var (group, voxels) in components.Components) largest[group] = Math.Max(largest[group], voxels);
        var removed = 0L;
        for (var i = 0; i < components.Runs.Count; i++)
        {
            var run = components.Runs[i];
            if (components.SizeOf(i) == largest[run.Group]) continue;
            labels.Slice(run.Start, run.Length).Clear();
            removed += run.Length;
        }

        return removed;
    }

    /// <summary>Voxels of each component of each structure, largest first.</summary>
    /// <param name="labels">C order.</param>
    /// <param name="shape">Their extent.</param>
    /// <param name="groups">The labels of each structure; no label in two of them.</param>
    public static IReadOnlyList<IReadOnlyList<long>> Sizes(ReadOnlySpan<ushort> labels, VolumeShape shape, IReadOnlyList<IReadOnlyList<int>> groups)
    {
        var components = new ConnectedComponents(labels, shape, GroupsOf(groups));
        var found = components.Components.ToLookup(c => c.Group, c => c.Voxels);
        return [.. groups.Select((_, i) => (IReadOnlyList<long>)[.. found[i + 1].OrderDescending()])];
    }

    private static int[] GroupsOf(IReadOnlyList<IReadOnlyList<int>> groups)
    {
        var table = new int[groups.SelectMany(labels => labels).DefaultIfEmpty().Max() + 1];
        for (var group = 0; group < groups.Count; group++)
            foreach (var label in groups[group])
                table[label] = group + 1;
        return table;
    }
}
