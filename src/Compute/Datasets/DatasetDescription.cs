using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Datasets;

/// <summary>What a dataset.json says, but for the number of cases: the parameters of nnU-Net's <c>generate_dataset_json</c> (spec 01 section 8).</summary>
public sealed record DatasetDescription
{
    /// <summary>What stands where nothing is known of licence or maker.</summary>
    public const string NotStated = "not stated";

    /// <summary>Names in channel order; each selects a normalisation.</summary>
    public required IReadOnlyList<string> ChannelNames { get; init; }

    /// <summary>Labels by name in the order of the file, <c>background</c> and <c>ignore</c> included; lists make regions.</summary>
    public required IReadOnlyList<KeyValuePair<string, LabelClass>> Labels { get; init; }

    /// <summary>Ending of image and label files, with its dot.</summary>
    public required string FileEnding { get; init; }

    /// <summary>With regions: the label written for each; else null.</summary>
    public IReadOnlyList<int>? RegionsClassOrder { get; init; }

    /// <summary>Written under <c>licence</c>, which is nnU-Net's spelling; always there.</summary>
    public string License { get; init; } = NotStated;

    /// <summary>Who made the data set of what there was; always there.</summary>
    public string ConvertedBy { get; init; } = NotStated;

    /// <summary>The data set's name; null leaves the key out, as with all that follow.</summary>
    public string? Name { get; init; }

    /// <summary>Where it comes from.</summary>
    public string? Reference { get; init; }

    /// <summary>Its version.</summary>
    public string? Release { get; init; }

    /// <summary>What to cite. nnU-Net writes the release here; ActorSeg writes the citation.</summary>
    public string? Citation { get; init; }

    /// <summary>Free text.</summary>
    public string? Description { get; init; }

    /// <summary>Class name of the reader to be used; null leaves the choice to the file ending.</summary>
    public string? Reader { get; init; }

    /// <summary>Keys of one's own, added last; they take the place of those above. Not changed.</summary>
    public JsonObject? Extra { get; init; }
}
