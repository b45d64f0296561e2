using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>The dataset.json of nnU-Net v1 and the Medical Segmentation Decathlon, and what becomes of it (spec 01 sections 9 and 10).</summary>
internal static class OldDatasetJson
{
    private const string Ending = ".nii.gz";

    /// <summary>
    /// Labels turned round to name and value, <c>modality</c> as <c>channel_names</c>, <c>file_ending</c>, and the keys in
    /// <paramref name="dropped"/> gone; all others as they are.
    /// </summary>
    /// <param name="file">The old file.</param>
    /// <param name="dropped">Keys that must be there, and go.</param>
    /// <param name="channelsFirst">Whether <c>channel_names</c> comes before <c>file_ending</c>: nnU-Net's two converters differ there.</param>
    /// <exception cref="DataException">A key is missing or of another kind.</exception>
    public static JsonObject Convert(string file, IEnumerable<string> dropped, bool channelsFirst)
    {
        var json = NnUnetJson.ReadObject(file);
        var fields = new JsonFields(json, file);
        var labels = fields.Object("labels");
        var turned = new JsonObject();
        foreach (var value in labels.Node.Select(entry => entry.Key))
        {
            if (!int.TryParse(value, out var number))
                throw new DataException(
                    file, $"has a label with the key '{value}'", "an old data set lists labels as \"1\": \"name\"; is it converted already?");
            if (!turned.TryAdd(labels.Text(value), number))
                throw new DataException(file, $"names two labels '{labels.Text(value)}'", "give each label a name of its own");
        }

        var modality = fields.Object("modality").Node.DeepClone();
        json["labels"] = turned;
        if (channelsFirst) json["channel_names"] = modality;
        json["file_ending"] = Ending;
        if (!channelsFirst) json["channel_names"] = modality;
        foreach (var key in dropped.Append("modality"))
            if (!json.Remove(key))
                throw new DataException(file, $"has no key '{key}'", "an old data set has one; check that this is the right folder");
        return json;
    }

    /// <summary>Writes the converted document, and says what of it the new format does not take.</summary>
    public static IReadOnlyList<string> Save(JsonObject json, string folder)
    {
        var file = Path.Combine(folder, "dataset.json");
        DurableFile.WriteText(file, NnUnetJson.Write(json, sortKeys: false));
        try
        {
            _ = RawDataset.Open(folder);
            return [];
        }
        catch (DataException e)
        {
            return [e.Message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal)];
        }
    }
}
