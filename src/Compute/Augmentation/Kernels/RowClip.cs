using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// A row of the network patch by what its columns need: only those from <see cref="Touch"/> to <see cref="Leave"/> may see anything of the window, and all
/// neighbours of those from <see cref="Enter"/> to <see cref="Exit"/> lie in it.
/// </summary>
internal readonly record struct RowRanges(int Touch, int Enter, int Exit, int Leave);

/// <summary>
/// Finds the ranges of rows. Coordinates are rounded, so a margin is kept: the inner range gives away a column or two at its ends, and the outer one has as
/// many too many, where each column is then looked at for itself.
/// </summary>
internal readonly struct RowClip
{
    // Far above the rounding of float32 coordinates of up to some thousand voxels, and far below one.
    private const float Margin = 1e-3f, NoStep = 1e-7f, Anywhere = 1e30f;

    private readonly Vector128<float> _touchLow, _touchHigh, _insideLow, _insideHigh, _perColumn;
    private readonly float _middle;
    private readonly int _columns;

    /// <param name="row">Any row.</param>
    /// <param name="window">What there is.</param>
    /// <param name="planar">Whether axis 0 does not matter.</param>
    /// <param name="columns">Of a row.</param>
    /// <param name="test">What else an inner column must fulfil.</param>
    public RowClip(in SourceRow row, Window window, bool planar, int columns, OutsideTest? test)
    {
        var (low, high, margin) = (Axes(window.Part.Low, -Anywhere), Axes(window.Part.High, Anywhere), Vector128.Create(Margin));
        (_touchLow, _touchHigh) = (low - Vector128<float>.One - margin, high + margin);
        (_insideLow, _insideHigh) = (low, high - Vector128<float>.One);
        if (test is { } limits)
        {
            _insideLow = Vector128.Max(_insideLow, limits.Middle - limits.Limit);
            _insideHigh = Vector128.Min(_insideHigh, limits.Middle + limits.Limit);
        }

        (_insideLow, _insideHigh) = (_insideLow + margin, _insideHigh - margin);
        // Where nothing changes along the row, all columns are in or none.
        var still = Vector128.LessThan(Vector128.Abs(row.Step), Vector128.Create(NoStep));
        _perColumn = Vector128.ConditionalSelect(still, Vector128.Create(Anywhere), Vector128<float>.One / row.Step);
        (_middle, _columns) = (row.Middle, columns);

        Vector128<float> Axes(VolumeShape corner, float anywhere) => Vector128.Create(planar ? anywhere : corner.Z, corner.Y, corner.X, anywhere);
    }

    /// <summary>The ranges of a row.</summary>
    public RowRanges Of(in SourceRow row)
    {
        var (touch, leave) = Columns(row.Start, _touchLow, _touchHigh);
        var (enter, exit) = Columns(row.Start, _insideLow, _insideHigh);
        enter = Math.Clamp(enter, touch, leave);
        return new RowRanges(touch, enter, Math.Clamp(exit, enter, leave), leave);
    }

    // Those whose coordinate lies between bounds on every axis: the first, and one behind the last.
    private (int First, int End) Columns(Vector128<float> start, Vector128<float> low, Vector128<float> high)
    {
        var (a, b) = ((low - start) * _perColumn, (high - start) * _perColumn);
        var (first, last) = (Vector128.Min(a, b), Vector128.Max(a, b));
        var from = MathF.Max(MathF.Max(first[0], first[1]), first[2]) + _middle;
        var to = MathF.Min(MathF.Min(last[0], last[1]), last[2]) + _middle;
        var begin = (int)MathF.Ceiling(MathF.Min(MathF.Max(from, 0), _columns));
        return (begin, Math.Max(begin, (int)MathF.Floor(MathF.Max(MathF.Min(to, _columns - 1), -1)) + 1));
    }
}
