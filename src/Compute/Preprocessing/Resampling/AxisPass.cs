namespace ActorSeg.Compute.Preprocessing.Resampling;

/// <summary>
/// Resamples one axis of an array in float64. Lines of the axis are worked on side by side in a panel that stays in the cache, so that the spline's recursion
/// runs along the axis while the vectors lie across it. Holds the panel (about 256 KiB); not for several threads at once.
/// </summary>
internal sealed class AxisPass
{
    // Coefficients that a cubic tap may read beyond either end.
    private const int Pad = 2;

    // Panels of this many doubles stay within the second-level cache beside what streams through it.
    private const int PanelLength = 32 * 1024;

    // The pole of the cubic B-spline prefilter and its gain (1 - z)(1 - 1/z).
    private static readonly double Pole = Math.Sqrt(3) - 2;
    private const double Gain = 6;

    private readonly AxisSampling _axis;
    private readonly int _width;
    private readonly int[] _rows;
    private readonly double[] _panel;
    private readonly double[] _line;

    public AxisPass(AxisSampling axis)
    {
        _axis = axis;
        var height = axis.From + (2 * Pad);
        _width = Math.Clamp(PanelLength / height / Lanes.Granule * Lanes.Granule, Lanes.Granule, 16 * Lanes.Granule);
        _rows = Array.ConvertAll(axis.Rows, row => row + Pad);
        _panel = new double[checked(height * _width)];
        _line = new double[Lanes.Granule * Math.Max(_width, Lanes.Granule)];
    }

    /// <summary>Resamples the middle axis of (outer, from, inner) to (outer, to, inner).</summary>
    /// <typeparam name="TIn">float or double.</typeparam>
    /// <typeparam name="TOut">float, or double (then not clamped).</typeparam>
    /// <param name="source">C order.</param>
    /// <param name="target">C order.</param>
    /// <param name="outer">Extent before the axis.</param>
    /// <param name="inner">Extent after the axis; 1 for the axis that is contiguous in memory.</param>
    /// <param name="range">What float results are clamped to.</param>
    /// <param name="stop">Looked at once a panel.</param>
    public void Run<TIn, TOut>(ReadOnlySpan<TIn> source, Span<TOut> target, int outer, int inner, ValueRange range, CancellationToken stop)
        where TIn : unmanaged where TOut : unmanaged
    {
        if (inner == 1)
        {
            RunContiguous(source, target, outer, range, stop);
            return;
        }

        for (var a = 0; a < outer; a++)
            for (var b = 0; b < inner; b += _width)
            {
                stop.ThrowIfCancellationRequested();
                var lanes = Math.Min(_width, inner - b);
                for (var i = 0; i < _axis.From; i++) Lanes.Widen(source.Slice((((a * _axis.From) + i) * inner) + b, lanes), Row(i));
                if (_axis.IsCubic) Prefilter();
                for (var o = 0; o < _axis.To; o++)
                {
                    Sample(o, _line);
                    Lanes.Narrow(_line, target.Slice((((a * _axis.To) + o) * inner) + b, lanes), range);
                }
            }
    }

    // The axis is contiguous: lines are turned into columns of the panel, a tile at a time so that reads and writes both stay in the first-level cache.
    private void RunContiguous<TIn, TOut>(ReadOnlySpan<TIn> source, Span<TOut> target, int lines, ValueRange range, CancellationToken stop)
        where TIn : unmanaged where TOut : unmanaged
    {
        const int Tile = Lanes.Granule;
        Span<double> run = stackalloc double[Tile];
        for (var first = 0; first < lines; first += _width)
        {
            stop.ThrowIfCancellationRequested();
            var lanes = Math.Min(_width, lines - first);
            for (var i = 0; i < _axis.From; i += Tile)
            {
                var length = Math.Min(Tile, _axis.From - i);
                var tile = _panel.AsSpan((i + Pad) * _width, length * _width);
                for (var lane = 0; lane < lanes; lane++)
                {
                    Lanes.Widen(source.Slice(((first + lane) * _axis.From) + i, length), run);
                    for (int k = 0, at = lane; k < length; k++, at += _width) tile[at] = run[k];
                }
            }

            if (_axis.IsCubic) Prefilter();
            for (var o = 0; o < _axis.To; o += Tile)
            {
                var length = Math.Min(Tile, _axis.To - o);
                for (var k = 0; k < length; k++) Sample(o + k, _line.AsSpan(k * _width, _width));
                for (var lane = 0; lane < lanes; lane++)
                {
                    for (int k = 0, at = lane; k < length; k++, at += _width) run[k] = _line[at];
                    Lanes.Narrow(run[..length], target.Slice(((first + lane) * _axis.To) + o, length), range);
                }
            }
        }
    }

    /// <summary>
    /// Turns samples into spline coefficients. Beyond its ends a line goes on with its end values for ever, whose sums have closed forms; the reference
    /// replicates 12 samples and reflects, which is the same to the 13th digit.
    /// </summary>
    private void Prefilter()
    {
        var z = Pole;
        var n = _axis.From;
        var steadyLow = Row(-2);
        var steadyHigh = Row(n + 1);
        Row(0).CopyTo(steadyLow);
        Lanes.Combine(steadyLow, Gain / (1 - z), 0, steadyLow);
        Row(n - 1).CopyTo(steadyHigh);
        Lanes.Combine(steadyHigh, Gain / (1 - z), 0, steadyHigh);

        steadyLow.CopyTo(Row(0));
        for (var i = 1; i < n; i++) Lanes.Combine(Row(i), Gain, z, Row(i - 1));

        // What is left of the causal sum at the end decays from there on: distance d beyond it still carries z^d of the difference to the steady state.
        var end = Row(n - 1);
        Lanes.Combine(end, 1, -1, steadyHigh);
        var (constant, decaying) = (-z / (1 - z), -z / (1 - (z * z)));
        end.CopyTo(Row(n));
        Lanes.Combine(Row(n), decaying * z, constant, steadyHigh);
        Lanes.Combine(steadyHigh, constant, decaying * z * z, end);
        end.CopyTo(_line);
        Lanes.Combine(end, 0, 1, Row(n));
        Lanes.Combine(end, 1, decaying * (1 - z), _line.AsSpan(0, _width));

        for (var i = n - 2; i >= 0; i--) Lanes.Combine(Row(i), -z, z, Row(i + 1));
        steadyLow.CopyTo(Row(-1));
        Lanes.Combine(Row(-1), -z, z, Row(0));
        Lanes.Combine(steadyLow, -z, z, Row(-1));
    }

    private void Sample(int output, Span<double> line) =>
        Lanes.WeightedSum(_panel, _width, _rows.AsSpan(output * _axis.Taps, _axis.Taps), _axis.Weights.AsSpan(output * _axis.Taps, _axis.Taps), line);

    private Span<double> Row(int index) => _panel.AsSpan((index + Pad) * _width, _width);
}
