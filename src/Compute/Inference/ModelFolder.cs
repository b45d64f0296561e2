using System.Globalization;

namespace ActorSeg.Compute.Inference;

/// <summary>A trained model on disk (spec 07 section 1.2): paths only.</summary>
/// <param name="Folder"><c>trainer__plans__configuration</c>.</param>
/// <param name="PlansFile"><c>plans.json</c>.</param>
/// <param name="DatasetFile"><c>dataset.json</c>.</param>
/// <param name="Checkpoints">One a fold, in the order asked for.</param>
public sealed record ModelFolder(string Folder, string PlansFile, string DatasetFile, IReadOnlyList<string> Checkpoints)
{
    /// <summary>Finds a model's files. No folds named: those numbered ones that hold the checkpoint.</summary>
    /// <exception cref="DataException">Something is missing.</exception>
    public static ModelFolder Open(string folder, IReadOnlyList<Fold> folds, string checkpointName)
    {
        if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "train this configuration first, or give the right -d, -tr, -p and -c");
        var files = new[] { "plans.json", "dataset.json" }.Select(name => Path.Combine(folder, name)).ToArray();
        foreach (var file in files)
            if (!File.Exists(file))
                throw new DataException(file, "is not there", "give the folder of a trained model");
        IReadOnlyList<Fold> wanted = folds.Count > 0 ? folds : Find(folder, checkpointName);
        if (wanted.Count == 0) throw new DataException(folder, $"has no fold with {checkpointName}", "finish a training, or name another checkpoint with -chk");
        var checkpoints = wanted.Select(fold => Path.Combine(folder, fold.FolderName, checkpointName)).ToArray();
        foreach (var checkpoint in checkpoints)
            if (!File.Exists(checkpoint))
                throw new DataException(checkpoint, "is not there", Advice(folder, checkpointName));
        return new ModelFolder(folder, files[0], files[1], checkpoints);
    }

    private static string Advice(string folder, string checkpointName)
    {
        var there = Find(folder, checkpointName);
        return there.Count == 0 ? "train this fold to its end, or name another checkpoint with -chk" : $"train this fold to its end, or name the folds there are: -f {string.Join(' ', there)}";
    }

    private static List<Fold> Find(string folder, string checkpointName) =>
    [
        .. Directory.GetDirectories(folder, "fold_*").Order(StringComparer.Ordinal)
            .Where(f => File.Exists(Path.Combine(f, checkpointName)))
            .Select(f => Path.GetFileName(f)["fold_".Length..])
            .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(Fold.Parse),
    ];
}
