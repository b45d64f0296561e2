using System.IO.Compression;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Sharing;

/// <summary>What of a data set's models is packed.</summary>
/// <param name="ResultsRoot"><c>nnUNet_results</c>: names in the zip are relative to it.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Trainer">Class name.</param>
/// <param name="Plans">Name of the plans.</param>
/// <param name="Configurations">In order.</param>
/// <param name="Folds">In order.</param>
/// <param name="Checkpoints">File names, such as <c>checkpoint_final.pth</c>.</param>
/// <param name="IsStrict">A configuration or fold that is missing is an error; else it is left out with a word.</param>
/// <param name="WithPredictions">Also the predictions of the validation cases.</param>
public sealed record ExportRequest(
    string ResultsRoot, string Dataset, string Trainer, string Plans, IReadOnlyList<string> Configurations, IReadOnlyList<Fold> Folds, IReadOnlyList<string> Checkpoints,
    bool IsStrict, bool WithPredictions);

/// <summary>
/// Packs trained models into a zip that nnU-Net installs (spec 09 section 9.1). Everything that must be there is looked for before anything is written; the zip
/// appears whole or not at all.
/// </summary>
public static class ModelExport
{
    private const string Summary = "summary.json";
    private static readonly string[] Postprocessed = [Summary, "postprocessing.pkl", "postprocessing.json"];

    /// <summary>Writes the zip.</summary>
    /// <param name="request">What is packed.</param>
    /// <param name="file">The zip, replaced where it is there; its folder is made when missing.</param>
    /// <param name="warn">Told of what is left out.</param>
    /// <param name="progress">Told how many files of how many are packed.</param>
    /// <param name="stop">Looked at between files.</param>
    /// <returns>The members' names, in order.</returns>
    /// <exception cref="DataException">A model, a fold, a checkpoint or a description is missing.</exception>
    public static IReadOnlyList<string> Write(ExportRequest request, string file, Action<string> warn, Action<int, int>? progress, CancellationToken stop)
    {
        var members = Plan(request, warn);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        DurableFile.Write(file, stream =>
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            for (var i = 0; i < members.Count; i++)
            {
                stop.ThrowIfCancellationRequested();
                // Weights hardly shrink, however long one tries.
                _ = zip.CreateEntryFromFile(members[i], NameOf(request, members[i]), CompressionLevel.Fastest);
                progress?.Invoke(i + 1, members.Count);
            }
        });
        return [.. members.Select(member => NameOf(request, member))];
    }

    private static string NameOf(ExportRequest request, string path) => Path.GetRelativePath(request.ResultsRoot, path).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>The files, in the order of the zip.</summary>
    internal static IReadOnlyList<string> Plan(ExportRequest request, Action<string> warn)
    {
        var files = new List<string>();
        var dataset = Path.Combine(request.ResultsRoot, request.Dataset);
        var exported = new List<ModelName>();
        foreach (var name in request.Configurations.Select(c => new ModelName(request.Trainer, request.Plans, c)))
        {
            var model = Path.Combine(dataset, name.ToString());
            if (!Directory.Exists(model))
            {
                Missing(model, $"train {name.Configuration} first, or leave it out of -c");
                continue;
            }

            var before = files.Count;
            foreach (var fold in request.Folds) AddFold(model, fold);
            if (files.Count == before) continue;
            exported.Add(name);
            AddThere(Path.Combine(model, $"crossval_results_folds_{string.Join('_', request.Folds)}"));
            files.Add(Need(Path.Combine(model, "plans.json")));
            AddOr(Path.Combine(model, "dataset_fingerprint.json"));
            files.Add(Need(Path.Combine(model, "dataset.json")));
        }

        if (exported.Count == 0) throw new DataException(dataset, $"has no model of {request.Trainer} and {request.Plans} to export", "give the right -tr, -p, -c and -f");
        var ensembles = Path.Combine(dataset, "ensembles");
        foreach (var ensemble in (Directory.Exists(ensembles) ? Directory.GetDirectories(ensembles) : []).Order(StringComparer.Ordinal))
            if (Path.GetFileName(ensemble).Split("___") is ["ensemble", var one, var two, _] && exported.Any(m => m.ToString() == one) && exported.Any(m => m.ToString() == two))
                AddThere(ensemble);
        files.AddRange(((string[])["inference_information.json", "inference_instructions.txt"]).Select(name => Path.Combine(dataset, name)).Where(File.Exists));
        return files;

        void AddFold(string model, Fold fold)
        {
            var folder = Path.Combine(model, fold.FolderName);
            if (!Directory.Exists(folder))
            {
                Missing(folder, $"train fold {fold} first, or leave it out of -f");
                return;
            }

            files.AddRange(Existing(folder, "debug.json"));
            files.AddRange(request.Checkpoints.Select(name => Need(Path.Combine(folder, name))));
            AddOr(Path.Combine(folder, "progress.png"));
            files.AddRange(Existing(folder, "network_architecture.pdf"));
            var validation = Path.Combine(folder, "validation");
            if (request.WithPredictions && Directory.Exists(validation)) files.AddRange(Directory.GetFiles(validation).Where(f => !IsLarge(f)).Order(StringComparer.Ordinal));
            else AddOr(Path.Combine(validation, Summary));
        }

        void AddThere(string folder)
        {
            if (!Directory.Exists(folder)) return;
            files.AddRange(request.WithPredictions ? Directory.GetFiles(folder).Order(StringComparer.Ordinal) : Postprocessed.SelectMany(name => Existing(folder, name)));
        }

        // nnU-Net cannot export a model without these; it installs and predicts without them.
        void AddOr(string path)
        {
            if (File.Exists(path)) files.Add(path);
            else warn($"{path} is not there and is left out");
        }

        void Missing(string path, string advice)
        {
            if (request.IsStrict) throw new DataException(path, "is not there", advice);
            warn($"{path} is not there and is left out");
        }
    }

    private static bool IsLarge(string file) => Path.GetExtension(file) is ".npz" or ".pkl";

    private static IEnumerable<string> Existing(string folder, string name) => File.Exists(Path.Combine(folder, name)) ? [Path.Combine(folder, name)] : [];

    private static string Need(string path) => File.Exists(path) ? path : throw new DataException(path, "is not there", "finish the training, or name another checkpoint with -chk");
}
