using System.Globalization;

namespace ActorSeg.Compute.Datasets;

/// <summary>Checks that a label map holds only what dataset.json declares.</summary>
public static class LabelValues
{
    /// <summary>Looks at every voxel.</summary>
    /// <param name="labels">As read, one channel.</param>
    /// <param name="set">What is declared.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">A value is not declared: names file, value, where it is first found, and the labels there are.</exception>
    public static void Check(Volume<float> labels, LabelSet set, string file)
    {
        if (FirstUndeclared(labels.Data, set) is not { } at) return;
        var value = labels.Data[at].ToString("G9", CultureInfo.InvariantCulture);
        var (shape, voxel) = (labels.Shape, at % (int)labels.Shape.Voxels);
        var where = $"({voxel / (shape.Y * shape.X)}, {voxel / shape.X % shape.Y}, {voxel % shape.X})";
        throw new DataException(
            file, $"holds the label {value} (first at voxel {where}), but dataset.json declares {string.Join(", ", Allowed(set))}",
            "declare it in 'labels' of dataset.json, or correct the label map");
    }

    /// <summary>The index of the first voxel whose value is not declared; null when there is none.</summary>
    internal static int? FirstUndeclared(ReadOnlySpan<float> values, LabelSet set)
    {
        var allowed = Allowed(set).ToArray();
        var table = new bool[allowed.Max() + 1];
        foreach (var label in allowed) table[label] = true;
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var label = (int)value;
            if ((uint)label >= (uint)table.Length || !table[label] || label != value) return i;
        }

        return null;
    }

    private static IEnumerable<int> Allowed(LabelSet set) => set.Ignore is { } ignore ? set.All.Append(ignore) : set.All;
}
