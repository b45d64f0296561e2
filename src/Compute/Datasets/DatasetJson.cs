using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets;

/// <summary>A data set's <c>dataset.json</c> (spec 01 section 4). The JSON is kept whole and in order, so that unknown keys survive.</summary>
public sealed class DatasetJson
{
    private const string Example = "a dataset.json needs channel_names, labels, numTraining and file_ending; add it";

    private DatasetJson(JsonObject source, string file)
    {
        (Source, File) = (source, file);
        var fields = new JsonFields(source, file);
        ChannelNames = Channels(fields);
        Labels = LabelSet.Parse(source, file);
        if (!fields.Has("numTraining")) throw fields.Missing("numTraining", Example);
        NumTraining = fields.Int("numTraining", 1, int.MaxValue);
        if (!fields.Has("file_ending")) throw fields.Missing("file_ending", Example);
        FileEnding = fields.Text("file_ending");
        if (FileEnding.Length < 2 || FileEnding[0] != '.' || FileEnding.AsSpan().ContainsAny('/', '\\'))
            throw fields.Wrong("file_ending", "an ending with its dot, such as \".nii.gz\"");
        OverwriteReader = fields.TextOrNull("overwrite_image_reader_writer") is { } reader && reader != "None" ? reader : null;
    }

    /// <summary>The document as it is in the file.</summary>
    public JsonObject Source { get; }

    /// <summary>Where it came from; named in errors.</summary>
    public string File { get; }

    /// <summary>Names in channel order (JSON order); each selects a normalisation.</summary>
    public IReadOnlyList<string> ChannelNames { get; }

    /// <summary>The labels, checked.</summary>
    public LabelSet Labels { get; }

    /// <summary>Number of training cases as declared.</summary>
    public int NumTraining { get; }

    /// <summary>Ending of image and label files, with its dot.</summary>
    public string FileEnding { get; }

    /// <summary>Class name of the reader the data set asks for; null when it leaves the choice.</summary>
    public string? OverwriteReader { get; }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="DataException">The file is missing or not JSON, a key is missing or wrong.</exception>
    public static DatasetJson Load(string path) => Parse(NnUnetJson.ReadObject(path), path);

    /// <summary>Checks a document.</summary>
    /// <param name="source">Kept, not copied.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">A key is missing or wrong.</exception>
    public static DatasetJson Parse(JsonObject source, string file) => new(source, file);

    /// <summary>Writes the document durably, keys in their order.</summary>
    public void Save(string path) => DurableFile.WriteText(path, NnUnetJson.Write(Source, sortKeys: false));

    private static IReadOnlyList<string> Channels(JsonFields fields)
    {
        // "modality" is what data sets of nnU-Net v1 call it.
        var key = fields.Has("channel_names") || !fields.Has("modality") ? "channel_names" : "modality";
        if (!fields.Has(key)) throw fields.Missing(key, Example);
        var channels = fields.Object(key);
        var names = channels.Node.Select(entry => channels.Text(entry.Key)).ToArray();
        return names.Length > 0 ? names : throw fields.Wrong(key, "an object with one name a channel, such as {\"0\": \"CT\"}");
    }
}
