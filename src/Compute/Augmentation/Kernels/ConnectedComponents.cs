namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// The components of a mask, neighbours by a corner included (spec 06 section 7.12). Found on the runs of its rows, joined where they touch; takes some bytes
/// a run from the working memory until it is disposed.
/// </summary>
internal ref struct ConnectedComponents
{
    private const int Fields = 5;

    private readonly VolumeShape _shape;
    private readonly Workspace.Loan<int> _memory;
    private readonly Span<int> _rows, _starts, _ends, _parents, _sizes, _below;
    private readonly int _runs;

    /// <param name="mask">What is not 0 belongs to a component. C order.</param>
    /// <param name="shape">Its extent.</param>
    /// <param name="memory">Working memory.</param>
    public ConnectedComponents(ReadOnlySpan<float> mask, VolumeShape shape, Workspace memory)
    {
        _shape = shape;
        var rows = shape.Z * shape.Y;
        var runs = 0;
        for (var row = 0; row < rows; row++) runs += Runs(mask.Slice(row * shape.X, shape.X), [], []);
        _runs = runs;
        _memory = memory.Take<int>(((long)Fields * runs) + rows + 1);
        var span = _memory.Span;
        _starts = span[..runs];
        _ends = span.Slice(runs, runs);
        _parents = span.Slice(2 * runs, runs);
        _sizes = span.Slice(3 * runs, runs);
        _below = span.Slice(4 * runs, runs);
        _rows = span[(Fields * runs)..];
        var at = 0;
        for (var row = 0; row < rows; row++)
        {
            _rows[row] = at;
            at += Runs(mask.Slice(row * shape.X, shape.X), _starts[at..], _ends[at..]);
        }

        _rows[rows] = at;
        for (var i = 0; i < runs; i++) _parents[i] = i;
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
                JoinWithEarlier(z, y);
        _sizes.Clear();
        for (var i = 0; i < runs; i++) _sizes[Root(i)] += _ends[i] - _starts[i];
    }

    /// <summary>How many components have fewer voxels than that.</summary>
    public readonly int CountBelow(double voxels)
    {
        var count = 0;
        for (var i = 0; i < _runs; i++) _below[i] = _parents[i] == i && _sizes[i] < voxels ? count++ : -1;
        return count;
    }

    /// <summary>Sets a channel to a value wherever one component is.</summary>
    /// <param name="channel">As large as the mask.</param>
    /// <param name="component">Among those that the last count was of, from 0.</param>
    /// <param name="value">The value.</param>
    public readonly void Fill(Span<float> channel, int component, float value)
    {
        for (var row = 0; row < _rows.Length - 1; row++)
            for (var i = _rows[row]; i < _rows[row + 1]; i++)
                if (_below[Root(i)] == component)
                    channel.Slice((row * _shape.X) + _starts[i], _ends[i] - _starts[i]).Fill(value);
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose() => _memory.Dispose();

    // Counts the runs of a row, and notes them where there is room.
    private static int Runs(ReadOnlySpan<float> row, Span<int> starts, Span<int> ends)
    {
        var count = 0;
        for (var at = 0; at < row.Length;)
        {
            var start = row[at..].IndexOfAnyExcept(0f);
            if (start < 0) break;
            start += at;
            var length = row[start..].IndexOf(0f);
            at = length < 0 ? row.Length : start + length;
            if (!starts.IsEmpty) (starts[count], ends[count]) = (start, at);
            count++;
        }

        return count;
    }

    private readonly void JoinWithEarlier(int z, int y)
    {
        var row = (z * _shape.Y) + y;
        if (y > 0) Join(row, row - 1);
        if (z == 0) return;
        for (var other = Math.Max(0, y - 1); other <= Math.Min(_shape.Y - 1, y + 1); other++) Join(row, ((z - 1) * _shape.Y) + other);
    }

    private readonly void Join(int row, int other)
    {
        var (a, b) = (_rows[row], _rows[other]);
        while (a < _rows[row + 1] && b < _rows[other + 1])
        {
            // One voxel beside counts: corners touch.
            if (_starts[a] <= _ends[b] && _starts[b] <= _ends[a])
            {
                var (first, second) = (Root(a), Root(b));
                _parents[Math.Max(first, second)] = Math.Min(first, second);
            }

            if (_ends[a] < _ends[b]) a++;
            else b++;
        }
    }

    private readonly int Root(int run)
    {
        while (_parents[run] != run) run = _parents[run] = _parents[_parents[run]];
        return run;
    }
}
