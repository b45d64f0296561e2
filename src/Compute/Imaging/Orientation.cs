namespace ActorSeg.Compute.Imaging;

/// <summary>
/// How an array is turned so that its axes x, y, z follow the world's axes R, A, S: for each axis of the array, which world axis it is closest to and
/// whether it runs against it (nibabel's io_orientation; the 48 axis orders are the values this can have).
/// </summary>
/// <param name="World">World axis (0 R, 1 A, 2 S) of the array's axes x, y, z.</param>
/// <param name="Flipped">Whether it runs towards L, P or I.</param>
public readonly record struct Orientation((int X, int Y, int Z) World, (bool X, bool Y, bool Z) Flipped)
{
    private const string Towards = "RAS", Against = "LPI";

    /// <summary>Whether nothing is turned.</summary>
    public bool IsRas => World == (0, 1, 2) && Flipped == (false, false, false);

    /// <summary>Where the axes x, y, z point, such as <c>LPS</c>.</summary>
    public string Code => $"{Letter(0)}{Letter(1)}{Letter(2)}";

    /// <summary>The world axis of an axis of the array.</summary>
    public int WorldOf(int axis) => axis switch { 0 => World.X, 1 => World.Y, _ => World.Z };

    /// <summary>Whether an axis of the array runs against its world axis.</summary>
    public bool FlippedAt(int axis) => axis switch { 0 => Flipped.X, 1 => Flipped.Y, _ => Flipped.Z };

    /// <summary>The axis of the array that is closest to a world axis.</summary>
    public int AxisOf(int world) => World.X == world ? 0 : World.Y == world ? 1 : 2;

    /// <summary>Reads three letters.</summary>
    /// <exception cref="ArgumentException">They are not one of each pair R/L, A/P, S/I.</exception>
    public static Orientation Parse(string code)
    {
        if (code.Length != 3) throw new ArgumentException($"'{code}' is no orientation such as LPS", nameof(code));
        var world = new int[3];
        var flipped = new bool[3];
        for (var axis = 0; axis < 3; axis++)
        {
            flipped[axis] = Against.Contains(code[axis], StringComparison.Ordinal);
            world[axis] = (flipped[axis] ? Against : Towards).IndexOf(code[axis], StringComparison.Ordinal);
        }

        if (world.Order().SequenceEqual([0, 1, 2])) return new((world[0], world[1], world[2]), (flipped[0], flipped[1], flipped[2]));
        throw new ArgumentException($"'{code}' is no orientation such as LPS", nameof(code));
    }

    /// <summary>The orientation of an affine: each axis goes to the world axis it is closest to, the clearest first.</summary>
    public static Orientation Of(Affine affine)
    {
        var nearest = PolarRotation.Of(affine);
        var (world, flipped, taken) = (new int[3], new bool[3], new bool[3]);
        var clearest = Enumerable.Range(0, 3).OrderByDescending(axis => Enumerable.Range(0, 3).Max(row => nearest[row, axis] * nearest[row, axis]));
        foreach (var axis in clearest)
        {
            var best = Enumerable.Range(0, 3).Where(row => !taken[row]).MaxBy(row => Math.Abs(nearest[row, axis]));
            (world[axis], flipped[axis], taken[best]) = (best, nearest[best, axis] < 0, true);
        }

        return new((world[0], world[1], world[2]), (flipped[0], flipped[1], flipped[2]));
    }

    /// <summary>The extent of the turned array.</summary>
    /// <param name="shape">Of the array, (z, y, x).</param>
    public VolumeShape Turned(VolumeShape shape)
    {
        int[] size = [shape.X, shape.Y, shape.Z];
        return new VolumeShape(size[AxisOf(2)], size[AxisOf(1)], size[AxisOf(0)]);
    }

    /// <summary>The affine of the turned array.</summary>
    /// <param name="affine">Of the array.</param>
    /// <param name="shape">Of the array, (z, y, x).</param>
    public Affine Turned(Affine affine, VolumeShape shape)
    {
        int[] size = [shape.X, shape.Y, shape.Z];
        var values = new double[16];
        values[15] = 1;
        for (var row = 0; row < 3; row++)
        {
            var origin = affine[row, 3];
            for (var world = 0; world < 3; world++)
            {
                var axis = AxisOf(world);
                values[(4 * row) + world] = (FlippedAt(axis) ? -1 : 1) * affine[row, axis];
                if (FlippedAt(axis)) origin += affine[row, axis] * (size[axis] - 1);
            }

            values[(4 * row) + 3] = origin;
        }

        return new Affine(values);
    }

    /// <summary>The affine of the array, from that of the turned one.</summary>
    /// <param name="turned">Of the turned array.</param>
    /// <param name="shape">Of the array, (z, y, x).</param>
    public Affine Undone(Affine turned, VolumeShape shape)
    {
        int[] size = [shape.X, shape.Y, shape.Z];
        var values = new double[16];
        values[15] = 1;
        for (var row = 0; row < 3; row++)
        {
            var origin = turned[row, 3];
            for (var axis = 0; axis < 3; axis++)
            {
                var step = turned[row, WorldOf(axis)];
                values[(4 * row) + axis] = FlippedAt(axis) ? -step : step;
                if (FlippedAt(axis)) origin += step * (size[axis] - 1);
            }

            values[(4 * row) + 3] = origin;
        }

        return new Affine(values);
    }

    /// <summary>The array turned to R, A, S.</summary>
    /// <param name="values">C order (z, y, x).</param>
    /// <param name="shape">Its extent.</param>
    public T[] Turn<T>(ReadOnlySpan<T> values, VolumeShape shape)
    {
        var turned = new T[values.Length];
        Walk(shape, values, turned, back: false);
        return turned;
    }

    /// <summary>Undoes <see cref="Turn"/>.</summary>
    /// <param name="turned">C order, extent <c>Turned(shape)</c>.</param>
    /// <param name="shape">Of the array that comes out.</param>
    public T[] TurnBack<T>(ReadOnlySpan<T> turned, VolumeShape shape)
    {
        var values = new T[turned.Length];
        Walk(shape, turned, values, back: true);
        return values;
    }

    private char Letter(int axis) => (FlippedAt(axis) ? Against : Towards)[WorldOf(axis)];

    // Rows of x of the untouched array are contiguous; in the turned one they have a stride.
    private void Walk<T>(VolumeShape shape, ReadOnlySpan<T> from, Span<T> to, bool back)
    {
        var target = Turned(shape);
        long[] strides = [1, target.X, (long)target.X * target.Y];
        int[] size = [shape.X, shape.Y, shape.Z];
        var step = new long[3];
        long first = 0;
        for (var axis = 0; axis < 3; axis++)
        {
            var stride = strides[WorldOf(axis)];
            step[axis] = FlippedAt(axis) ? -stride : stride;
            if (FlippedAt(axis)) first += stride * (size[axis] - 1);
        }

        var at = 0;
        for (var z = 0; z < shape.Z; z++)
            for (var y = 0; y < shape.Y; y++)
            {
                var there = first + (z * step[2]) + (y * step[1]);
                for (var x = 0; x < shape.X; x++, at++, there += step[0])
                    if (back) to[at] = from[(int)there];
                    else to[(int)there] = from[at];
            }
    }
}
