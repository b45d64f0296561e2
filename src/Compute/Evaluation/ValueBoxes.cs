namespace ActorSeg.Compute.Evaluation;

/// <summary>The box around each value of label maps, found in one pass a map however many labels there are.</summary>
internal sealed class ValueBoxes(VolumeShape shape)
{
    private readonly Dictionary<float, (VolumeShape Low, VolumeShape Last)> _boxes = [];

    /// <summary>Looks at a map; boxes grow by what it holds.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        for (int z = 0, at = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++, at += shape.X)
            {
                var row = values.Slice(at, shape.X);
                for (var x = 0; x < row.Length;)
                {
                    var next = row[x..].IndexOfAnyExcept(row[x]) is >= 0 and var length ? x + length : row.Length;
                    Grow(row[x], z, y, x, next - 1);
                    x = next;
                }
            }
    }

    /// <summary>The smallest box that holds all of these labels; null where there are none.</summary>
    public Box? Around(IReadOnlyList<int> labels)
    {
        var found = labels.Where(label => _boxes.ContainsKey(label)).Select(label => _boxes[label]).ToList();
        if (found.Count == 0) return null;
        int Least(Func<VolumeShape, int> axis) => found.Min(b => axis(b.Low));
        int End(Func<VolumeShape, int> axis) => found.Max(b => axis(b.Last)) + 1;
        return new Box(new(Least(c => c.Z), Least(c => c.Y), Least(c => c.X)), new(End(c => c.Z), End(c => c.Y), End(c => c.X)));
    }

    private void Grow(float value, int z, int y, int first, int last)
    {
        ref var box = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_boxes, value, out var known);
        box = known
            ? (new(Math.Min(box.Low.Z, z), Math.Min(box.Low.Y, y), Math.Min(box.Low.X, first)), new(Math.Max(box.Last.Z, z), Math.Max(box.Last.Y, y), Math.Max(box.Last.X, last)))
            : (new(z, y, first), new(z, y, last));
    }
}
