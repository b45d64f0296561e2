namespace ActorSeg.Compute.Datasets;

/// <summary>The three roots of nnU-Net's folders (spec 01 section 1). They come in as arguments; nothing here reads the environment.</summary>
/// <param name="Raw"><c>nnUNet_raw</c>; null when not given.</param>
/// <param name="Preprocessed"><c>nnUNet_preprocessed</c>; null when not given.</param>
/// <param name="Results"><c>nnUNet_results</c>; null when not given.</param>
public sealed record DatasetPaths(string? Raw, string? Preprocessed, string? Results)
{
    /// <summary>The folder of a raw data set.</summary>
    /// <exception cref="UsageException">The root is not given.</exception>
    public string RawFolder(string dataset) => Path.Combine(Need(Raw, "nnUNet_raw", "--raw"), dataset);

    /// <summary>The folder of a data set's fingerprint, plans and preprocessed cases.</summary>
    /// <exception cref="UsageException">The root is not given.</exception>
    public string PreprocessedFolder(string dataset) => Path.Combine(Need(Preprocessed, "nnUNet_preprocessed", "--preprocessed"), dataset);

    /// <summary>The folder of a data set's trained models.</summary>
    /// <exception cref="UsageException">The root is not given.</exception>
    public string ResultsFolder(string dataset) => Path.Combine(Need(Results, "nnUNet_results", "--results"), dataset);

    /// <summary>The folder of a trained model: <c>results/dataset/trainer__plans__configuration</c>.</summary>
    /// <exception cref="UsageException">The root is not given.</exception>
    public string ModelFolder(string dataset, string trainer, string plans, string configuration) =>
        Path.Combine(ResultsFolder(dataset), $"{trainer}__{plans}__{configuration}");

    /// <summary>The root of trained models.</summary>
    /// <exception cref="UsageException">The root is not given.</exception>
    public string NeedResults() => Need(Results, "nnUNet_results", "--results");

    private static string Need(string? root, string variable, string flag) =>
        root ?? throw new UsageException($"{variable} is not set; set the environment variable {variable} or give {flag} DIR");
}
