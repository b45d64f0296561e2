using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Datasets;

/// <summary>
/// Makes dataset.json with nnU-Net's keys in nnU-Net's order (spec 01 section 8), with one difference: under <c>citation</c> stands the citation,
/// where nnU-Net writes the release.
/// </summary>
public static class DatasetJsonWriter
{
    /// <summary>The document, checked as a data set is when it is opened.</summary>
    /// <param name="description">What it says.</param>
    /// <param name="trainingCases">At least 1.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">Labels, regions or ending break a rule of spec 01 section 6.1.</exception>
    public static DatasetJson Create(DatasetDescription description, int trainingCases, string file)
    {
        var (channels, labels) = (new JsonObject(), new JsonObject());
        foreach (var (name, i) in description.ChannelNames.Select((name, i) => (name, i))) channels[$"{i}"] = name;
        foreach (var (name, value) in description.Labels)
            if (!labels.TryAdd(name, Node(value)))
                throw new DataException(file, $"would name the label '{name}' twice", "give each label a name of its own");
        var json = new JsonObject
        {
            ["channel_names"] = channels,
            ["labels"] = labels,
            ["numTraining"] = trainingCases,
            ["file_ending"] = description.FileEnding,
            ["licence"] = description.License,
            ["converted_by"] = description.ConvertedBy,
        };
        Add(json, "name", description.Name);
        Add(json, "reference", description.Reference);
        Add(json, "release", description.Release);
        Add(json, "citation", description.Citation);
        Add(json, "description", description.Description);
        Add(json, "overwrite_image_reader_writer", description.Reader);
        if (description.RegionsClassOrder is { } order) json["regions_class_order"] = new JsonArray([.. order.Select(label => JsonValue.Create(label))]);
        foreach (var (key, value) in description.Extra ?? []) json[key] = value?.DeepClone();
        return DatasetJson.Parse(json, file);
    }

    /// <summary>Writes <c>dataset.json</c> of a raw data set durably, and counts the cases of its <c>imagesTr</c> itself.</summary>
    /// <param name="folder">The data set's.</param>
    /// <param name="description">What it says.</param>
    /// <param name="overwrite">Whether one that is there may be replaced.</param>
    /// <exception cref="DataException">There is one already, no image is found, or as <see cref="Create"/>.</exception>
    public static DatasetJson Write(string folder, DatasetDescription description, bool overwrite)
    {
        var file = Path.Combine(folder, "dataset.json");
        if (!overwrite && File.Exists(file)) throw new DataException(file, "is there already", "give --overwrite to replace it");
        var json = Create(description, CaseDiscovery.InFolder(Path.Combine(folder, "imagesTr"), description.FileEnding).Count, file);
        json.Save(file);
        return json;
    }

    private static void Add(JsonObject json, string key, string? value)
    {
        if (value is not null) json[key] = value;
    }

    private static JsonNode Node(LabelClass value) =>
        value.IsTuple ? new JsonArray([.. value.Labels.Select(label => JsonValue.Create(label))]) : JsonValue.Create(value.Labels[0]);
}
