using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>Resamples a label map through one affine map by <see cref="LabelVote"/>; -1 outside (spec 06 sections 7.2 and 7.3). C order.</summary>
internal static unsafe class SpatialLabels
{
    private const int Eight = 8;

    /// <summary>Resamples one label map. In plane each slice knows only its own labels, as the reference's slices do.</summary>
    /// <inheritdoc cref="SpatialImage.Linear"/>
    public static void Vote(ReadOnlySpan<short> source, Window window, VolumeShape loaded, Span<short> target, VolumeShape to, Affine map, bool inPlaneOnly)
    {
        if (inPlaneOnly && loaded.Z != to.Z) throw new ArgumentException($"{loaded.Z} slices cannot become {to.Z} in plane", nameof(to));
        if (window.IsEmpty)
        {
            target.Fill(-1);
            return;
        }

        var row = inPlaneOnly ? new SourceRow(loaded with { Z = 1 }, to with { Z = 1 }, map) : new SourceRow(loaded, to, map);
        var test = new OutsideTest(loaded, inPlaneOnly);
        var (clip, steps) = (new RowClip(row, window, inPlaneOnly, to.X, test), window.Steps);
        var places = stackalloc int[Eight];
        fixed (short* values = source)
        {
            var vote = new LabelVote(values, window, loaded);
            foreach (var (z, y) in new RowOrder(to))
            {
                var line = target.Slice(((z * to.Y) + y) * to.X, to.X);
                row.Begin(inPlaneOnly ? 0 : z, y);
                if (inPlaneOnly && (z < window.Part.Low.Z || z >= window.Part.High.Z)) line.Fill(-1);
                else Row(vote, steps, row, test, clip.Of(row), line, inPlaneOnly ? z : null, places);
            }
        }
    }

    // What sees nothing of the window is padding or outside: -1 either way.
    private static void Row(
        in LabelVote vote, in Steps steps, in SourceRow row, in OutsideTest test, RowRanges ranges, Span<short> line, int? slice, int* places)
    {
        line[..ranges.Touch].Fill(-1);
        for (var i = ranges.Touch; i < ranges.Enter; i++) line[i] = At(vote, row, test, i, slice);
        if (PairLoads.IsSupported && ranges.Exit - ranges.Enter >= Eight)
        {
            var last = ranges.Exit - Eight;
            for (var i = ranges.Enter; i < last; i += Eight) Inside(vote, steps, row, line, i, slice, places);
            Inside(vote, steps, row, line, last, slice, places);
        }
        else
            for (var i = ranges.Enter; i < ranges.Exit; i++)
                line[i] = At(vote, row, test, i, slice);
        for (var i = ranges.Exit; i < ranges.Leave; i++) line[i] = At(vote, row, test, i, slice);
        line[ranges.Leave..].Fill(-1);
    }

    private static short At(in LabelVote vote, in SourceRow row, in OutsideTest test, int i, int? slice)
    {
        var source = row.At(i);
        return test.IsOutside(source) ? (short)-1 : vote.At(slice ?? source[0], source[1], source[2]);
    }

    // Eight points that surely are inside. Most lie within one label: where all their neighbours agree, nobody needs to count.
    private static void Inside(in LabelVote vote, in Steps steps, in SourceRow row, Span<short> line, int i, int? slice, int* places)
    {
        var (cz, cy, cx) = (slice is { } z ? Vector256.Create((float)z) : row.At(0, i), row.At(1, i), row.At(2, i));
        var (fz, fy, fx) = (Vector256.Floor(cz), Vector256.Floor(cy), Vector256.Floor(cx));
        steps.At(fz, fy, fx).Store(places);
        var labels = vote.Values;
        var a = PairLoads.Load(labels, places);
        var b = PairLoads.Load(labels + steps.Row, places);
        var (c, d) = slice is null ? (PairLoads.Load(labels + steps.Plane, places), PairLoads.Load(labels + steps.Plane + steps.Row, places)) : (a, b);
        if (((a ^ b) | (a ^ c) | (a ^ d) | (a ^ ((a << 16) | (a >>> 16)))) == Vector256<int>.Zero)
        {
            Vector256.Narrow(a, a).GetLower().StoreUnsafe(ref line[i]);
            return;
        }

        var undecided = Count(a, b, c, d, cz - fz, cy - fy, cx - fx, out var winners);
        Vector256.Narrow(winners, winners).GetLower().StoreUnsafe(ref line[i]);
        for (; undecided != 0; undecided &= undecided - 1)
        {
            var lane = (int)uint.TrailingZeroCount(undecided);
            line[i + lane] = vote.At(cz[lane], cy[lane], cx[lane]);
        }
    }

    // Two labels around a point, one of them clearly ahead: that is settled for all eight at once. Weights and the order of sums are those of the vote.
    private static uint Count(
        Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d, Vector256<float> tz, Vector256<float> ty, Vector256<float> tx,
        out Vector256<int> winners)
    {
        var first = (a << 16) >> 16;
        var second = first;
        Differ(d, first, ref second);
        Differ(c, first, ref second);
        Differ(b, first, ref second);
        Differ(a, first, ref second);
        var (one, near) = (Vector256<float>.One, Vector256.Create(LabelVote.Indicator) * (Vector256<float>.One - tz));
        var far = Vector256.Create(LabelVote.Indicator) * tz;
        var (forFirst, forSecond, others) = (Vector256<float>.Zero, Vector256<float>.Zero, Vector256<int>.Zero);
        Pair(a, near * (one - ty));
        Pair(b, near * ty);
        Pair(c, far * (one - ty));
        Pair(d, far * ty);
        var lead = forFirst - forSecond;
        winners = Vector256.ConditionalSelect(Vector256.GreaterThan(lead, Vector256<float>.Zero).AsInt32(), first, second);
        return (Vector256.LessThanOrEqual(Vector256.Abs(lead), Vector256.Create(LabelVote.ClearLead)).AsInt32() | others).ExtractMostSignificantBits();

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Pair(Vector256<int> labels, Vector256<float> weight)
        {
            One((labels << 16) >> 16, weight * (one - tx));
            One(labels >> 16, weight * tx);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void One(Vector256<int> label, Vector256<float> weight)
        {
            var (isFirst, isSecond) = (Vector256.Equals(label, first), Vector256.Equals(label, second));
            forFirst += weight & isFirst.AsSingle();
            forSecond += weight & Vector256.AndNot(isSecond, isFirst).AsSingle();
            others |= ~(isFirst | isSecond);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Differ(Vector256<int> labels, Vector256<int> first, ref Vector256<int> second)
    {
        var (right, left) = (labels >> 16, (labels << 16) >> 16);
        second = Vector256.ConditionalSelect(Vector256.Equals(right, first), second, right);
        second = Vector256.ConditionalSelect(Vector256.Equals(left, first), second, left);
    }
}
