namespace ActorSeg.Compute.Imaging;

/// <summary>What the numbers of one voxel mean together.</summary>
public enum VoxelKind
{
    /// <summary>One number.</summary>
    Scalar,

    /// <summary>A vector, matrix or tensor.</summary>
    Vector,

    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Red, green, blue, opacity.</summary>
    Rgba,

    /// <summary>Real and imaginary part.</summary>
    Complex,
}

/// <summary>
/// What an image file says of itself, whatever its format; axes in file order, x first, in ITK's world (LPS). It has been checked for sense, and
/// against the length of the file where that can be done without reading it.
/// </summary>
public sealed record ImageHeader
{
    /// <summary><c>NIfTI-1</c>, <c>NIfTI-2</c>, <c>NRRD</c>, <c>MetaImage</c>, <c>TIFF</c>, <c>PNG</c>, ...</summary>
    public required string Format { get; init; }

    /// <summary>Type of one number after slope and intercept were applied: integers that are scaled become <see cref="VoxelType.Float32"/>.</summary>
    public required VoxelType Type { get; init; }

    /// <summary>What the numbers of a voxel mean together.</summary>
    public VoxelKind Kind { get; init; } = VoxelKind.Scalar;

    /// <summary>Numbers a voxel: 1 for scalars.</summary>
    public int Components { get; init; } = 1;

    /// <summary>Voxels along x, y, z, t, ...; all at least 1. Axes of length 1 beyond the third are left out.</summary>
    public required IReadOnlyList<int> Size { get; init; }

    /// <summary>Distance of voxel centres along each axis; millimetres in space, positive and finite.</summary>
    public required IReadOnlyList<double> Spacing { get; init; }

    /// <summary>Position of the first voxel's centre, as many numbers.</summary>
    public required IReadOnlyList<double> Origin { get; init; }

    /// <summary>Direction cosines, row-major, axes squared; column i is where axis i points.</summary>
    public required IReadOnlyList<double> Direction { get; init; }

    /// <summary>Number of axes.</summary>
    public int Axes => Size.Count;

    /// <summary>Voxels of the image.</summary>
    /// <exception cref="OverflowException">More than 2^63.</exception>
    public long Voxels => Size.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Numbers in the image: voxels times components.</summary>
    /// <exception cref="OverflowException">More than 2^63.</exception>
    public long Values => checked(Voxels * Components);

    /// <summary>Position in space of the first two or three axes.</summary>
    public ImageGeometry Geometry
    {
        get
        {
            var axes = Math.Min(Axes, 3);
            var direction = new double[axes * axes];
            for (var i = 0; i < direction.Length; i++) direction[i] = Direction[(i / axes * Axes) + (i % axes)];
            return new ImageGeometry([.. Spacing.Take(axes)], [.. Origin.Take(axes)], direction);
        }
    }

    /// <summary>Distances of 1, origin 0 and no rotation: what formats say that know nothing of space.</summary>
    public static ImageHeader WithoutGeometry(string format, VoxelType type, IReadOnlyList<int> size) => new()
    {
        Format = format,
        Type = type,
        Size = size,
        Spacing = [.. Enumerable.Repeat(1.0, size.Count)],
        Origin = new double[size.Count],
        Direction = IdentityDirection(size.Count),
    };

    /// <summary>The header of an image of one number a voxel in a given place.</summary>
    /// <param name="type">Of the numbers.</param>
    /// <param name="shape">Array axis order; a single slice where the geometry has two axes.</param>
    /// <param name="geometry">Two or three axes.</param>
    /// <exception cref="ArgumentException">The geometry has another number of axes, or two for more than one slice.</exception>
    public static ImageHeader Scalar(VoxelType type, VolumeShape shape, ImageGeometry geometry)
    {
        var axes = geometry.Spacing.Count;
        if (axes is not (2 or 3) || (axes == 2 && shape.Z != 1))
            throw new ArgumentException($"a geometry of {axes} axes does not describe {shape}", nameof(geometry));
        int[] size = [shape.X, shape.Y, shape.Z];
        return new ImageHeader
        {
            Format = "",
            Type = type,
            Size = size[..axes],
            Spacing = geometry.Spacing,
            Origin = geometry.Origin,
            Direction = geometry.Direction,
        };
    }

    internal static double[] IdentityDirection(int axes)
    {
        var direction = new double[axes * axes];
        for (var i = 0; i < axes; i++) direction[i * (axes + 1)] = 1;
        return direction;
    }
}
