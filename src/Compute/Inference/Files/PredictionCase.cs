namespace ActorSeg.Compute.Inference.Files;

/// <summary>One case to predict.</summary>
/// <param name="Id">Its name, which its outputs are called.</param>
/// <param name="Images">One file a channel (or one of all channels), in channel order.</param>
/// <param name="Target">Path of its outputs without ending.</param>
public sealed record PredictionCase(CaseId Id, IReadOnlyList<string> Images, string Target)
{
    /// <summary>The label map of the stage before, in the image's own geometry; null where there is none.</summary>
    public string? PreviousStage { get; init; }

    /// <summary>The label map.</summary>
    public string LabelFile(string ending) => Target + ending;

    /// <summary>The probabilities.</summary>
    public string ProbabilityFile => Target + ".npz";

    /// <summary>The properties beside the probabilities.</summary>
    public string PropertiesFile => Target + ".pkl";
}
