namespace ActorSeg.Compute.Postprocessing;

/// <summary>
/// Connected components with full connectivity (26 neighbours, 8 in a single slice), by runs: voxels of one group that follow one another in a row are one
/// element of a union-find, so that work and memory go with the outline of what is labelled and not with the volume.
/// </summary>
internal sealed class ConnectedComponents
{
    private readonly List<Run> _runs = [];
    private readonly List<int> _parents = [];
    private readonly long[] _sizes;

    /// <param name="labels">C order, axis 2 contiguous.</param>
    /// <param name="shape">Their extent.</param>
    /// <param name="groupOf">The group of each label value, 0 for none; values beyond its end have none. Only voxels of the same group are connected.</param>
    public ConnectedComponents(ReadOnlySpan<ushort> labels, VolumeShape shape, ReadOnlySpan<int> groupOf)
    {
        // Where each row's runs begin; the row of index r ends where the next begins.
        var rows = new int[(shape.Z * shape.Y) + 1];
        for (var row = 0; row < rows.Length - 1; row++)
        {
            var at = row * shape.X;
            FindRuns(labels.Slice(at, shape.X), at, groupOf);
            rows[row + 1] = _runs.Count;
            var (y, z) = (row % shape.Y, row / shape.Y);
            if (y > 0) Join(rows, row, row - 1, shape.X);
            if (z == 0) continue;
            for (var other = Math.Max(0, y - 1); other <= Math.Min(shape.Y - 1, y + 1); other++) Join(rows, row, ((z - 1) * shape.Y) + other, shape.X);
        }

        _sizes = new long[_runs.Count];
        for (var run = 0; run < _runs.Count; run++) _sizes[Root(run)] += _runs[run].Length;
    }

    /// <summary>A stretch of one row.</summary>
    /// <param name="Start">Index of its first voxel.</param>
    /// <param name="Length">Voxels.</param>
    /// <param name="Group">From 1.</param>
    public readonly record struct Run(int Start, int Length, int Group);

    /// <summary>All runs, in the order of their voxels.</summary>
    public IReadOnlyList<Run> Runs => _runs;

    /// <summary>Voxels of the component that a run belongs to.</summary>
    public long SizeOf(int run) => _sizes[Root(run)];

    /// <summary>Group and voxels of each component.</summary>
    public IEnumerable<(int Group, long Voxels)> Components =>
        Enumerable.Range(0, _runs.Count).Where(run => _parents[run] == run).Select(run => (_runs[run].Group, _sizes[run]));

    private void FindRuns(ReadOnlySpan<ushort> row, int offset, ReadOnlySpan<int> groupOf)
    {
        var first = _runs.Count;
        for (var at = 0; at < row.Length;)
        {
            // Both searches are vectorised: background and the inside of structures are passed over in large steps.
            var value = row[at];
            var length = row[at..].IndexOfAnyExcept(value) is >= 0 and var end ? end : row.Length - at;
            var group = value < groupOf.Length ? groupOf[value] : 0;
            if (group != 0)
            {
                if (_runs.Count > first && _runs[^1] is var last && last.Group == group && last.Start + last.Length == offset + at)
                {
                    _runs[^1] = last with { Length = last.Length + length };
                }
                else
                {
                    _parents.Add(_runs.Count);
                    _runs.Add(new Run(offset + at, length, group));
                }
            }

            at += length;
        }
    }

    // Goes along two neighbouring rows at once. The run that ends first has met all it can touch; of two that end together each may still touch the other's next.
    private void Join(int[] rows, int row, int other, int width)
    {
        var (a, b) = (rows[row], rows[other]);
        var shift = (row - other) * width;
        while (a < rows[row + 1] && b < rows[other + 1])
        {
            Touch(a, b, shift);
            var (ends, otherEnds) = (_runs[a].Start + _runs[a].Length, _runs[b].Start + _runs[b].Length + shift);
            if (ends == otherEnds)
            {
                if (a + 1 < rows[row + 1]) Touch(a + 1, b, shift);
                if (b + 1 < rows[other + 1]) Touch(a, b + 1, shift);
            }

            if (ends <= otherEnds) a++;
            if (ends >= otherEnds) b++;
        }
    }

    // Where they overlap or lie corner to corner.
    private void Touch(int a, int b, int shift)
    {
        var (one, two) = (_runs[a], _runs[b]);
        if (one.Group == two.Group && one.Start <= two.Start + shift + two.Length && two.Start + shift <= one.Start + one.Length) Unite(a, b);
    }

    // The smaller root wins, so that a parent never lies behind its child and paths stay short by halving alone.
    private void Unite(int a, int b)
    {
        var (x, y) = (Root(a), Root(b));
        if (x < y) _parents[y] = x;
        else _parents[x] = y;
    }

    private int Root(int run)
    {
        while (_parents[run] != run)
        {
            _parents[run] = _parents[_parents[run]];
            run = _parents[run];
        }

        return run;
    }
}
