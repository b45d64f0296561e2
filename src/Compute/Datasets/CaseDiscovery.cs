using System.Text.RegularExpressions;

namespace ActorSeg.Compute.Datasets;

/// <summary>
/// Finds the cases of a folder by the file names nnU-Net prescribes: <c>name_0000.ending</c>, <c>name_0001.ending</c>, ... (spec 01 section 3.1).
/// </summary>
public static class CaseDiscovery
{
    /// <summary>The cases of a folder, sorted, without labels; the images of each in channel order.</summary>
    /// <param name="folder">Such as <c>imagesTs</c>.</param>
    /// <param name="fileEnding">With its dot; other files are left alone.</param>
    /// <param name="stray">Told of each file without a channel number, which is then left alone; null throws for the first.</param>
    /// <exception cref="DataException">The folder is missing or holds no image, or an image has no channel number.</exception>
    public static IReadOnlyList<RawCase> InFolder(string folder, string fileEnding, Action<DataException>? stray = null)
    {
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not a folder", "check the path of the images");
        var files = Directory.EnumerateFiles(folder).Where(file => file.EndsWith(fileEnding, StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        if (files.Length == 0) throw new DataException(folder, $"holds no file that ends in {fileEnding}", "check the folder, and file_ending in dataset.json");

        var channel = new Regex($@"\A(?<id>.+)_[0-9]{{4}}{Regex.Escape(fileEnding)}\z", RegexOptions.CultureInvariant | RegexOptions.Singleline);
        var cases = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var match = channel.Match(Path.GetFileName(file));
            if (!match.Success)
            {
                var found = new DataException(file, "has no channel number in its name",
                    $"rename it to <case>_0000{fileEnding} (0001 for the second channel, ...), or move it elsewhere");
                if (stray is null) throw found;
                stray(found);
                continue;
            }

            if (!cases.TryGetValue(match.Groups["id"].Value, out var images)) cases.Add(match.Groups["id"].Value, images = []);
            images.Add(file);
        }

        return [.. cases.Select(entry => new RawCase(new CaseId(entry.Key), entry.Value, null))];
    }
}
