using System.Globalization;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>New values for labels that leave gaps, such as the 255 of a mask or an atlas's 17 and 53: 0, 1, 2, ... in the order of the old ones.</summary>
public sealed class LabelNumbering
{
    private readonly SortedDictionary<int, ushort> _new = [];

    private LabelNumbering(IEnumerable<int> values)
    {
        foreach (var value in values.Append(0).Distinct().Order()) _new.Add(value, (ushort)_new.Count);
    }

    /// <summary>Numbers the values of all labels anew, background as 0 and <c>ignore</c> as the largest.</summary>
    public static (IReadOnlyList<KeyValuePair<string, LabelClass>> Labels, LabelNumbering Numbering) Of(IReadOnlyList<KeyValuePair<string, LabelClass>> labels)
    {
        var numbering = new LabelNumbering(labels.Where(label => label.Key != "ignore").SelectMany(label => label.Value.Labels));
        foreach (var ignored in labels.Where(label => label.Key == "ignore").SelectMany(label => label.Value.Labels))
            numbering._new.TryAdd(ignored, (ushort)numbering._new.Count);
        return ([.. labels.Select(label => KeyValuePair.Create(label.Key, label.Value with { Labels = numbering.Of(label.Value.Labels) }))], numbering);
    }

    /// <summary>The new values of old ones.</summary>
    /// <exception cref="UsageException">There is no such label.</exception>
    public IReadOnlyList<int> Of(IReadOnlyList<int> old) =>
        [.. old.Select(value => _new.TryGetValue(value, out var number) ? number : throw new UsageException($"{value} is the value of no label"))];

    /// <summary>Writes a label map with the new values, geometry as it is. Holds the file once as float32 and once as uint16.</summary>
    /// <exception cref="DataException">It cannot be read, or holds a value that has no new one.</exception>
    public void Rewrite(string source, string target, IImageReaderWriter reader)
    {
        var map = reader.ReadLabels(source);
        var labels = new ushort[map.Data.Data.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            var value = map.Data.Data[i];
            if (value != (int)value || !_new.TryGetValue((int)value, out labels[i]))
                throw new DataException(
                    source, $"holds the value {value.ToString(CultureInfo.InvariantCulture)}, which no label has ({string.Join(", ", _new.Keys)})",
                    "name it among the labels, or correct the label map");
        }

        reader.WriteLabels(target, labels, map.Data.Shape, map.Geometry);
    }
}
