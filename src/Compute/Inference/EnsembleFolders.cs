namespace ActorSeg.Compute.Inference;

/// <summary>One case of an ensemble: its name, and a .npz of each member.</summary>
public sealed record EnsembleInput(CaseId Case, IReadOnlyList<string> Files);

/// <summary>Finds what an ensemble is made of (spec 08 sections 2.2 and 2.3); no file is read.</summary>
public static class EnsembleFolders
{
    /// <summary>The cases of prediction folders.</summary>
    /// <param name="folders">In the order of averaging.</param>
    /// <exception cref="DataException">A folder is missing, holds no .npz, or lacks a case that another has.</exception>
    public static IReadOnlyList<EnsembleInput> Match(IReadOnlyList<string> folders) =>
        Match([.. folders.Select(folder => (folder, Cases([folder])))]);

    /// <summary>The validation cases of trained models, over the folds.</summary>
    /// <param name="models">Folders of models, in the order of averaging.</param>
    /// <param name="folds">Numbers.</param>
    /// <exception cref="DataException">A validation folder is missing or holds no .npz, two folds of a model have the same case, or a model lacks one.</exception>
    public static IReadOnlyList<EnsembleInput> MatchValidation(IReadOnlyList<string> models, IReadOnlyList<int> folds) =>
        Match([.. models.Select(model => (model, Cases([.. folds.Select(fold => Path.Combine(model, new Fold(fold).FolderName, "validation"))])))]);

    private static IReadOnlyList<EnsembleInput> Match(IReadOnlyList<(string Name, SortedDictionary<string, string> Cases)> members)
    {
        var all = members.SelectMany(m => m.Cases.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var (name, cases) in members)
            if (all.Where(id => !cases.ContainsKey(id)).ToList() is { Count: > 0 } missing)
                throw new DataException(name, $"lacks the probabilities of {missing.Count} of {all.Count} cases, first {missing[0]}.npz", "predict them with --save_probabilities, or take them out elsewhere");
        return [.. all.Select(id => new EnsembleInput(new CaseId(id), [.. members.Select(m => m.Cases[id])]))];
    }

    private static SortedDictionary<string, string> Cases(IReadOnlyList<string> folders)
    {
        var cases = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "give a folder of predictions; a fold must be trained to its end");
            var files = Directory.GetFiles(folder, "*.npz");
            if (files.Length == 0)
                throw new DataException(folder, "holds no .npz", "predict with --save_probabilities, or validate a trained fold again with --val --npz");
            foreach (var file in files)
                if (!cases.TryAdd(Path.GetFileNameWithoutExtension(file), file))
                    throw new DataException(file, $"is there a second time: {cases[Path.GetFileNameWithoutExtension(file)]}", "two folds must not validate the same case");
        }

        return cases;
    }
}
