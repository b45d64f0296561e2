using ActorSeg.Compute.Sharing;

namespace ActorSeg.Compute.Tests.Sharing;

/// <summary>A folder of results with one trained model, its files small texts.</summary>
internal sealed class ResultsFolder : IDisposable
{
    public const string Dataset = "Dataset004_Hippocampus", Model = "nnUNetTrainer__nnUNetPlans__2d", Other = "nnUNetTrainer__nnUNetPlans__3d_fullres";

    private readonly TemporaryFolder _folder = new();

    public ResultsFolder()
    {
        foreach (var model in (string[])[Model, Other])
        {
            foreach (var file in (string[])["plans.json", "dataset.json", "dataset_fingerprint.json"]) Write("{}", Dataset, model, file);
            foreach (var fold in (string[])["fold_0", "fold_1"])
            {
                foreach (var file in (string[])["checkpoint_final.pth", "checkpoint_best.pth", "progress.png", "debug.json", "training_log.txt"]) Write(file + fold, Dataset, model, fold, file);
                foreach (var file in (string[])["a.nii.gz", "a.npz", "a.pkl", "summary.json"]) Write(file, Dataset, model, fold, "validation", file);
            }

            foreach (var file in (string[])["summary.json", "postprocessing.pkl", "postprocessing.json", "a.nii.gz"]) Write(file, Dataset, model, "crossval_results_folds_0_1", file);
        }

        Write("{}", Dataset, "ensembles", $"ensemble___{Model}___{Other}___0_1", "summary.json");
        Write("{}", Dataset, "ensembles", $"ensemble___{Model}___nnUNetTrainer__nnUNetPlans__3d_lowres___0_1", "summary.json");
        Write("{}", Dataset, "inference_information.json");
        Write("text", Dataset, "inference_instructions.txt");
    }

    public string Path => _folder.Path;

    public string File(params string[] parts) => _folder.File(parts);

    public void Write(string text, params string[] parts)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(parts))!);
        System.IO.File.WriteAllText(File(parts), text);
    }

    public ExportRequest Request(params string[] configurations) => new(
        Path, Dataset, "nnUNetTrainer", "nnUNetPlans", configurations, [new Fold(0), new Fold(1)], ["checkpoint_final.pth"], IsStrict: true, WithPredictions: false);

    /// <summary>All files below a folder, with forward slashes, sorted.</summary>
    public static IEnumerable<string> Files(string folder) =>
        Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => System.IO.Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();
}
