using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Planning;

/// <summary>Plans of one data set for another, as for pretraining (spec 02 section 10): everything stays but names and reader.</summary>
public static class PlansTransfer
{
    /// <summary>The plans for the other data set.</summary>
    /// <param name="source">As they are.</param>
    /// <param name="targetDataset">Full name of the other data set.</param>
    /// <param name="targetName">Name of the new plans.</param>
    /// <param name="readerName">The reader of the other data set's images.</param>
    public static Plans Move(Plans source, string targetDataset, string targetName, string readerName)
    {
        if (targetName.Length == 0 || targetName.AsSpan().ContainsAny('/', '\\', '\0'))
            throw new UsageException($"'{targetName}' cannot be a plans name: it becomes a file name");
        var moved = (JsonObject)source.Source.DeepClone();
        moved["dataset_name"] = targetDataset;
        if (targetName != source.PlansName)
            foreach (var (_, configuration) in moved["configurations"]!.AsObject())
                if (configuration?["data_identifier"]?.GetValue<string>() is { } identifier)
                    configuration["data_identifier"] = identifier.StartsWith(source.PlansName, StringComparison.Ordinal)
                        ? targetName + identifier[source.PlansName.Length..] : $"{targetName}_{identifier}";
        moved["image_reader_writer"] = readerName;
        moved["plans_name"] = targetName;
        return Plans.Parse(moved, $"{targetName}.json");
    }

    /// <summary>Writes moved plans durably; unlike new plans they replace a file of the same name as a whole.</summary>
    /// <exception cref="DataException">The folder is not there.</exception>
    public static void Save(Plans moved, string path)
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new DataException(Path.GetDirectoryName(path)!, "is not there", "run extract-fingerprint on the target data set first");
        DurableFile.WriteText(path, NnUnetJson.Write(moved.Source, sortKeys: false));
    }
}
