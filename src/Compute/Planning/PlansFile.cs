using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

public sealed partial class Plans
{
    /// <summary>Reads plans.</summary>
    /// <exception cref="DataException">The file is missing or not JSON, or a key is missing or wrong.</exception>
    public static Plans Load(string path) => Parse(NnUnetJson.ReadObject(path), path);

    /// <summary>The reader that plans name, of a file of which nothing else is wanted: what it says of networks need not be known here.</summary>
    /// <exception cref="DataException">The file is missing or not JSON, or names no reader.</exception>
    public static string ReaderNameOf(string path) => new JsonFields(NnUnetJson.ReadObject(path), path).Text("image_reader_writer");

    /// <summary>Reads plans from a document (spec 02 sections 5.1 and 7), legacy configurations included. The document is kept and not changed.</summary>
    /// <param name="source">The whole document.</param>
    /// <param name="file">Named in errors.</param>
    /// <exception cref="DataException">A key is missing or wrong; names file and key.</exception>
    public static Plans Parse(JsonObject source, string file)
    {
        var fields = new JsonFields(source, file);
        var forward = fields.Ints("transpose_forward", 0, 2);
        var backward = fields.Ints("transpose_backward", 0, 2);
        if (forward.Count != 3 || forward.Distinct().Count() != 3) throw fields.Wrong("transpose_forward", "a permutation of 0, 1, 2");
        if (backward.Count != 3 || Enumerable.Range(0, 3).Any(axis => forward[backward[axis]] != axis))
            throw fields.Wrong("transpose_backward", "the inverse of transpose_forward");

        var configurations = fields.Object("configurations");
        var parsed = new OrderedDictionary<string, Configuration>(StringComparer.Ordinal);
        foreach (var name in configurations.Node.Select(entry => entry.Key)) parsed.Add(name, ConfigurationJson.Parse(configurations, name));
        return new Plans
        {
            Source = source,
            DatasetName = fields.Text("dataset_name"),
            PlansName = fields.Text("plans_name"),
            ImageReaderWriter = fields.Text("image_reader_writer"),
            TransposeForward = forward,
            TransposeBackward = backward,
            Configurations = parsed,
            Intensities = IntensityJson.Parse(fields.Object(
                fields.Has("foreground_intensity_properties_per_channel") ? "foreground_intensity_properties_per_channel"
                    : "foreground_intensity_properties_by_modality")),
        };
    }

    /// <summary>
    /// Writes the plans durably, keys in their order. Configurations of an existing file that these plans do not have are kept (spec 02 section 5.2).
    /// </summary>
    /// <exception cref="DataException">There is a file already, and it is not plans.</exception>
    public void Save(string path)
    {
        var merged = (JsonObject)Source.DeepClone();
        if (File.Exists(path))
        {
            var configurations = merged["configurations"]!.AsObject();
            foreach (var (name, old) in new JsonFields(NnUnetJson.ReadObject(path), path).Object("configurations").Node)
                if (!configurations.ContainsKey(name))
                    configurations.Add(name, old?.DeepClone());
        }

        DurableFile.WriteText(path, NnUnetJson.Write(merged, sortKeys: false));
    }
}
