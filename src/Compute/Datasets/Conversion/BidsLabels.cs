using System.Globalization;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>What the user says of the labels of a BIDS data set.</summary>
/// <param name="Named">Their names; null takes those of a <c>dseg.tsv</c>, else the values found.</param>
/// <param name="ClassOrder">With regions: the label written for each; else null.</param>
/// <param name="Renumber">Whether they get the numbers 0, 1, 2, ...; label maps are then written again as uint8 or uint16.</param>
public sealed record BidsNaming(
    IReadOnlyList<KeyValuePair<string, LabelClass>>? Named = null, IReadOnlyList<int>? ClassOrder = null, bool Renumber = false);

/// <summary>What the labels of a BIDS data set are called.</summary>
public static class BidsLabels
{
    /// <summary>Names and values of a <c>dseg.tsv</c> in the derivatives; null where there is none, or several of which none is plain.</summary>
    /// <exception cref="DataException">It has no columns <c>index</c> and <c>name</c>, or an index is no label.</exception>
    public static IReadOnlyList<KeyValuePair<string, LabelClass>>? FromTable(string labelFolder)
    {
        var tables = Directory.EnumerateFiles(labelFolder, "*dseg.tsv").Order(StringComparer.Ordinal).ToArray();
        var plain = Array.Find(tables, file => Path.GetFileName(file) == "dseg.tsv") ?? (tables.Length == 1 ? tables[0] : null);
        return plain is null ? null : Read(plain);
    }

    /// <summary>The values in the label maps, called <c>label_1</c> and so on. Holds one label map.</summary>
    /// <exception cref="DataException">A file cannot be read, or holds what is no label.</exception>
    public static IReadOnlyList<KeyValuePair<string, LabelClass>> FromMaps(IEnumerable<string> files, IImageReaderWriter reader, CancellationToken stop)
    {
        var found = new SortedSet<int>();
        foreach (var file in files)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var value in LabelScan.Of(reader.ReadLabels(file).Data.Data).Values)
            {
                if (value is < 0 or > ushort.MaxValue || value != (int)value)
                    throw new DataException(
                        file, $"holds the value {value.ToString(CultureInfo.InvariantCulture)}, which is no label",
                        "give whole numbers from 0, or name the labels with --labels");
                found.Add((int)value);
            }
        }

        return WithBackground(found.Where(label => label != 0).Select(label => KeyValuePair.Create($"label_{label}", new LabelClass([label], false))));
    }

    /// <summary>Puts <c>background</c> in front where the names do not have it.</summary>
    public static IReadOnlyList<KeyValuePair<string, LabelClass>> WithBackground(IEnumerable<KeyValuePair<string, LabelClass>> labels)
    {
        var all = labels.ToArray();
        return all.Any(label => label.Key == "background") ? all : [KeyValuePair.Create("background", new LabelClass([0], false)), .. all];
    }

    private static IReadOnlyList<KeyValuePair<string, LabelClass>> Read(string file)
    {
        var text = File.ReadAllLines(file).Where(line => line.Trim().Length > 0);
        string[][] lines = [.. text.Select(line => Array.ConvertAll(line.Split('\t'), cell => cell.Trim()))];
        var (index, name) = lines.Length == 0 ? (-1, -1) : (Array.IndexOf(lines[0], "index"), Array.IndexOf(lines[0], "name"));
        if (index < 0 || name < 0)
            throw new DataException(file, "has no columns 'index' and 'name'", "correct its first line, or name the labels with --labels");
        var labels = new List<KeyValuePair<string, LabelClass>>();
        foreach (var cells in lines.Skip(1))
        {
            if (cells.Length <= Math.Max(index, name) || !int.TryParse(cells[index], NumberStyles.None, CultureInfo.InvariantCulture, out var value))
                throw new DataException(file, $"has the line '{string.Join(' ', cells)}'", "each line needs a whole number under 'index' and a name");
            if (value != 0) labels.Add(KeyValuePair.Create(cells[name], new LabelClass([value], false)));
        }

        return WithBackground(labels);
    }
}
