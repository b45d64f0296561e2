using System.Globalization;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Where a NRRD image lies, as ITK understands its header.</summary>
internal static class NrrdGeometry
{
    private const string Damaged = "its header is damaged; export the image again";

    /// <summary>Axes of the space around the image; 0 where the header tells of none.</summary>
    /// <exception cref="DataException">The space is none of NRRD's.</exception>
    public static int SpaceAxes(NrrdFields fields, string file)
    {
        if (fields["space"] is not { } space)
        {
            var axes = fields["spacedimension"] is { } text ? TextHeader.Whole(text, file, "space dimension") : 0;
            return axes is >= 0 and <= 8 ? (int)axes : throw new DataException(file, $"says space dimension {axes}", Damaged);
        }

        if (fields["spacedimension"] is not null) throw new DataException(file, "has both 'space' and 'space dimension'", "delete one of them");
        return Plain(space) switch
        {
            "ras" or "las" or "lps" or "rightanteriorsuperior" or "leftanteriorsuperior" or "leftposteriorsuperior" => 3,
            "scannerxyz" or "3drighthanded" or "3dlefthanded" => 3,
            "rast" or "last" or "lpst" or "rightanteriorsuperiortime" or "leftanteriorsuperiortime" or "leftposteriorsuperiortime" => 4,
            "scannerxyztime" or "scannerxyzt" or "3drighthandedtime" or "3dlefthandedtime" => 4,
            _ => throw new DataException(file, $"says space {TextHeader.Quote(space)}", "left-posterior-superior is what ITK and 3D Slicer write"),
        };
    }

    /// <summary>The step along each axis of the array, null for an axis outside of space; null where there are no steps.</summary>
    /// <exception cref="DataException">A vector cannot be parsed, or their number is not that of the axes.</exception>
    public static IReadOnlyList<double[]?>? Directions(NrrdFields fields, int spaceAxes, int axes, string file)
    {
        if (fields["spacedirections"] is not { } text) return null;
        if (spaceAxes == 0) throw new DataException(file, "has 'space directions' without 'space'", Damaged);
        var vectors = Vectors(text, spaceAxes, file, "space directions");
        return vectors.Count == axes ? vectors : throw new DataException(file, $"has {vectors.Count} space directions for {axes} axes", Damaged);
    }

    /// <summary>Adds the place to a header that has a size.</summary>
    /// <exception cref="DataException">What the header says is no place, or one that is not read.</exception>
    public static ImageHeader Place(ImageHeader header, NrrdFields fields, NrrdLayout layout, IReadOnlyList<double[]?>? directions, int spaceAxes, string file)
    {
        var axes = layout.Domain.Count;
        if (fields["spacings"] is not null && spaceAxes > 0) throw new DataException(file, "has 'spacings' in a space", "give 'space directions' instead");
        var placed = spaceAxes > 0 ? InSpace(header, fields, layout, directions, spaceAxes, file) : Alone(header, fields, layout, file);
        return axes < spaceAxes ? throw new DataException(file, $"has {axes} axes in a space of {spaceAxes}", "export it as a volume") : ImagePlace.Checked(placed, file);
    }

    private static ImageHeader InSpace(ImageHeader header, NrrdFields fields, NrrdLayout layout, IReadOnlyList<double[]?>? directions, int spaceAxes, string file)
    {
        var axes = layout.Domain.Count;
        if (axes < spaceAxes) return header;
        var (spacing, origin, direction) = (Enumerable.Repeat(1.0, axes).ToArray(), new double[axes], ImageHeader.IdentityDirection(axes));
        var signs = Signs(fields["space"], spaceAxes);
        for (var axis = 0; axis < axes && directions is not null; axis++)
        {
            var step = directions[layout.Domain[axis]];
            // Axes of time follow those of space, or what is written could not be placed.
            if ((step is null) != (axis >= spaceAxes))
                throw new DataException(
                    file, $"has {axes} axes in a space of {spaceAxes}, of which axis {axis} {(step is null ? "has no direction" : "has one too many")}",
                    "give as many directions as the space has axes, those without last");
            if (step is null) continue;
            spacing[axis] = Math.Sqrt(step.Sum(x => x * x));
            for (var row = 0; row < spaceAxes; row++) direction[(row * axes) + axis] = signs[row] * step[row] / spacing[axis];
        }

        if (fields["spaceorigin"] is { } text)
        {
            var vectors = Vectors(text, spaceAxes, file, "space origin");
            if (vectors.Count != 1) throw new DataException(file, $"says space origin {TextHeader.Quote(text)}", Damaged);
            for (var row = 0; row < spaceAxes && vectors[0] is { } point; row++) origin[row] = signs[row] * point[row];
        }

        return header with { Spacing = spacing, Origin = origin, Direction = direction };
    }

    // To ITK's world, and as ITK does it: of left-anterior-superior it turns the first axis, not the second, and spaces with time it leaves alone.
    // Whoever compares with ITK's own reading of the same file finds no difference that way.
    private static double[] Signs(string? space, int axes)
    {
        var signs = Enumerable.Repeat(1.0, axes).ToArray();
        if (space is null) return signs;
        var name = Plain(space);
        if (name is "ras" or "rightanteriorsuperior") (signs[0], signs[1]) = (-1, -1);
        if (name is "las" or "leftanteriorsuperior") signs[0] = -1;
        return signs;
    }

    private static ImageHeader Alone(ImageHeader header, NrrdFields fields, NrrdLayout layout, string file)
    {
        var spacing = Numbers("spacings");
        var (mins, maxs) = (Numbers("axismins"), Numbers("axismaxs"));
        var centers = fields["centerings"] is { } text ? TextHeader.Words(text) : [];
        // nrrd places an image by the ends of its axes only if every axis has them.
        var placed = Enumerable.Range(0, spacing.Length).All(i => double.IsFinite(mins[i]) && (double.IsFinite(maxs[i]) || double.IsFinite(spacing[i])));
        var origin = new double[spacing.Length];
        for (var i = 0; i < spacing.Length; i++)
        {
            var (axis, size) = (layout.Domain[i], header.Size[i]);
            var cells = axis >= centers.Length || !centers[axis].Equals("node", StringComparison.OrdinalIgnoreCase);
            var step = double.IsNaN(spacing[i]) ? (maxs[i] - mins[i]) / (cells ? size : Math.Max(size - 1, 1)) : spacing[i];
            if (placed) origin[i] = mins[i] + (cells ? step / 2 : 0);
            if (double.IsNaN(spacing[i])) spacing[i] = 1;
        }

        return header with { Spacing = spacing, Origin = origin };

        double[] Numbers(string field)
        {
            if (fields[field] is not { } list) return [.. layout.Domain.Select(_ => double.NaN)];
            var words = TextHeader.Words(list);
            if (words.Length != layout.Sizes.Count) throw new DataException(file, $"has {words.Length} {field} for {layout.Sizes.Count} axes", Damaged);
            return [.. layout.Domain.Select(axis => TextHeader.Number64(words[axis], file, field))];
        }
    }

    private static List<double[]?> Vectors(string text, int length, string file, string field)
    {
        var vectors = new List<double[]?>();
        for (var rest = text.AsSpan().Trim(); rest.Length > 0; rest = rest.TrimStart())
        {
            if (rest.StartsWith("none", StringComparison.OrdinalIgnoreCase))
            {
                vectors.Add(null);
                rest = rest[4..];
                continue;
            }

            var end = rest.IndexOf(')');
            if (rest[0] != '(' || end < 0) throw new DataException(file, $"says {field} {TextHeader.Quote(text)}", Damaged);
            double[] vector = [.. rest[1..end].ToString().Split(',').Select(word => TextHeader.Number64(word, file, field))];
            if (vector.Length != length) throw new DataException(file, $"has a vector of {vector.Length} numbers in '{field}' in a space of {length} axes", Damaged);
            // Not-a-number everywhere is how old files say "none".
            vectors.Add(vector.All(double.IsNaN) ? null : vector);
            rest = rest[(end + 1)..];
        }

        return vectors;
    }

    private static string Plain(string space) => space.ToLower(CultureInfo.InvariantCulture).Replace("-", "").Replace(" ", "");
}
