using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Evaluation;

/// <summary>A validation case of a model, over its folds: the prediction and its reference.</summary>
public sealed record ValidationCase(CaseId Case, string Prediction, string Reference);

/// <summary>Finds what cross-validation left (spec 08 section 3); no image is read.</summary>
public static class ValidationFolders
{
    /// <summary>Where the collected predictions of folds go by default: <c>crossval_results_folds_0_1_2_3_4</c>.</summary>
    public static string MergedFolder(string model, IReadOnlyList<int> folds) => Path.Combine(model, $"crossval_results_folds_{string.Join('_', folds)}");

    /// <summary>Where the references are: the raw data set's, or, where it is not at hand, the copies beside the preprocessed cases.</summary>
    /// <param name="paths">Roots.</param>
    /// <param name="dataset">Full name.</param>
    /// <exception cref="UsageException">No root is given in which they could be.</exception>
    public static string ReferenceFolder(DatasetPaths paths, string dataset) =>
        paths.Raw is not null && Path.Combine(paths.RawFolder(dataset), "labelsTr") is var raw && Directory.Exists(raw) ? raw : CopiedReferences(paths, dataset);

    /// <summary>The copies of the references beside the preprocessed cases.</summary>
    /// <exception cref="UsageException">The root is not given.</exception>
    public static string CopiedReferences(DatasetPaths paths, string dataset) => Path.Combine(paths.PreprocessedFolder(dataset), "gt_segmentations");

    /// <summary>The validation predictions of folds, each with its reference, sorted.</summary>
    /// <param name="model">Folder of a trained model.</param>
    /// <param name="folds">Numbers.</param>
    /// <param name="ending">Of label maps, with dot.</param>
    /// <param name="references">Folder of the references.</param>
    /// <exception cref="DataException">A fold was not validated, two of them hold the same case, or a reference is missing.</exception>
    public static IReadOnlyList<ValidationCase> Collect(string model, IReadOnlyList<int> folds, string ending, string references)
    {
        if (!Directory.Exists(references)) throw new DataException(references, "is not there", "set nnUNet_raw, or preprocess the data set again");
        var cases = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var fold in folds)
        {
            var validation = Path.Combine(model, new Fold(fold).FolderName, "validation");
            if (!Directory.Exists(validation)) throw new DataException(validation, "is not there", $"train fold {fold} of this model to its end, or leave it out of -f");
            var files = Directory.GetFiles(validation).Where(file => file.EndsWith(ending, StringComparison.Ordinal)).ToList();
            if (files.Count == 0) throw new DataException(validation, $"holds no file ending in {ending}", $"validate fold {fold} of this model again");
            foreach (var file in files)
                if (!cases.TryAdd(Path.GetFileName(file), file))
                    throw new DataException(file, $"is there a second time: {cases[Path.GetFileName(file)]}", "two folds must not validate the same case");
        }

        if (cases.Keys.FirstOrDefault(name => !File.Exists(Path.Combine(references, name))) is { } orphan)
            throw new DataException(Path.Combine(references, orphan), "is not there, but has a prediction", "add the reference or remove the prediction");
        return [.. cases.Select(c => new ValidationCase(new CaseId(c.Key[..^ending.Length]), c.Value, Path.Combine(references, c.Key)))];
    }

    /// <summary>Copies the files of a model that say what its predictions mean.</summary>
    /// <exception cref="DataException">One of them is missing.</exception>
    public static void CopyDescriptions(string model, string folder)
    {
        foreach (var name in (string[])["dataset.json", "plans.json"])
        {
            var file = Path.Combine(model, name);
            if (!File.Exists(file)) throw new DataException(file, "is not there", "give the folder of a trained model");
            DurableFile.Write(Path.Combine(folder, name), stream => stream.Write(File.ReadAllBytes(file)));
        }
    }
}
