using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Postprocessing;

namespace ActorSeg.Actors.Experiments;

/// <summary>Scores a folder of label maps against references into summary.json.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Reference">Folder of reference label maps.</param>
/// <param name="Prediction">Folder of predicted label maps.</param>
/// <param name="DatasetJson">Labels and file ending.</param>
/// <param name="Plans">The plans file; only its label manager matters.</param>
/// <param name="Output">null: <c>summary.json</c> beside the predictions.</param>
/// <param name="Chill">References without a prediction are not an error.</param>
public sealed record EvaluateJob(DatasetPaths Paths, string Reference, string Prediction, string DatasetJson, string Plans, string? Output, bool Chill) : Job(Paths)
{
    /// <summary>Measure distances between outlines, with this tolerance of the surface Dice in mm; null leaves them out.</summary>
    public double? SurfaceTolerance { get; init; }

    /// <summary>Cases at once at most; 0 leaves it to the node.</summary>
    public int Workers { get; init; }
}

/// <summary>As <see cref="EvaluateJob"/>, for label maps of which no data set tells.</summary>
/// <param name="Paths">Roots; not used.</param>
/// <param name="Reference">Folder of reference label maps; the first decides the format.</param>
/// <param name="Prediction">Folder of predicted label maps.</param>
/// <param name="Labels">Labels to score.</param>
/// <param name="Ignore">Reference voxels of this label do not count; null counts all.</param>
/// <param name="Output">null: <c>summary.json</c> beside the predictions.</param>
/// <param name="Chill">References without a prediction are not an error.</param>
public sealed record EvaluateSimpleJob(DatasetPaths Paths, string Reference, string Prediction, IReadOnlyList<int> Labels, int? Ignore, string? Output, bool Chill) : Job(Paths)
{
    /// <inheritdoc cref="EvaluateJob.SurfaceTolerance"/>
    public double? SurfaceTolerance { get; init; }

    /// <inheritdoc cref="EvaluateJob.Workers"/>
    public int Workers { get; init; }
}

/// <summary>Averages the probabilities of prediction folders.</summary>
/// <param name="Paths">Roots; not used.</param>
/// <param name="Folders">In the order of averaging; the first one's dataset.json and plans.json count.</param>
/// <param name="Output">Folder of the label maps, made when missing.</param>
/// <param name="SaveProbabilities">Also keep the averages.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
public sealed record EnsembleJob(DatasetPaths Paths, IReadOnlyList<string> Folders, string Output, bool SaveProbabilities, int Workers) : Job(Paths);

/// <summary>Finds the postprocessing that helps a folder of predictions.</summary>
/// <param name="Paths">Roots; not used.</param>
/// <param name="Predictions">Folder of label maps.</param>
/// <param name="References">Folder of their references.</param>
/// <param name="Plans">null: plans.json beside the predictions.</param>
/// <param name="DatasetJson">null: dataset.json beside the predictions.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
/// <param name="KeepFiles">Whether the postprocessed label maps stay in <c>postprocessed</c>.</param>
public sealed record DeterminePostprocessingJob(
    DatasetPaths Paths, string Predictions, string References, string? Plans, string? DatasetJson, int Workers, bool KeepFiles) : Job(Paths);

/// <summary>Postprocesses a folder of label maps.</summary>
/// <param name="Paths">Roots; not used.</param>
/// <param name="Input">Folder of label maps.</param>
/// <param name="Output">Another folder, made when missing.</param>
/// <param name="File">postprocessing.pkl or postprocessing.json; null changes nothing.</param>
/// <param name="Plans">null: plans.json of the input.</param>
/// <param name="DatasetJson">null: dataset.json of the input.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
public sealed record ApplyPostprocessingJob(DatasetPaths Paths, string Input, string Output, string? File, string? Plans, string? DatasetJson, int Workers) : Job(Paths);

/// <summary>Brings the validation predictions of a model's folds together and scores them.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Model">Which model.</param>
/// <param name="Folds">Numbers.</param>
/// <param name="Output">null: <c>crossval_results_folds_...</c> in the model's folder, which is made anew.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
public sealed record AccumulateJob(DatasetPaths Paths, string Dataset, ModelName Model, IReadOnlyList<int> Folds, string? Output, int Workers) : Job(Paths);

/// <summary>Finds the best model or pair of models of a data set, and its postprocessing.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Models">In the order in which they win where they are equal.</param>
/// <param name="Folds">Numbers.</param>
/// <param name="Ensembling">Whether pairs are tried.</param>
/// <param name="Overwrite">Whether what an earlier run collected and averaged is made again.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
public sealed record FindBestJob(
    DatasetPaths Paths, string Dataset, IReadOnlyList<ModelName> Models, IReadOnlyList<int> Folds, bool Ensembling, bool Overwrite, int Workers) : Job(Paths);

/// <summary>The summary is written.</summary>
/// <param name="File">summary.json.</param>
/// <param name="Cases">Scored.</param>
/// <param name="Dice">Mean by class name.</param>
/// <param name="MeanDice">Mean over the foreground classes.</param>
public sealed record EvaluateResult(string File, int Cases, IReadOnlyDictionary<string, double> Dice, double MeanDice) : JobResult
{
    /// <summary>Means of the surface's figures by their name and then by class name; empty where they were not asked for.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Surface { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, double>>();

    /// <summary>Cases that could not be scored, each with its cause.</summary>
    public IReadOnlyList<QuarantinedCase> Quarantined { get; init; } = [];

    /// <summary>What a summary says.</summary>
    public static EvaluateResult Of(string file, EvaluationSummary summary) => new(file, summary.Cases.Count, summary.DiceByName, summary.MeanDice)
    {
        Surface = ((string[])["HD", "HD95", "ASSD", "SurfaceDice"]).Where(name => summary.ForegroundMeanOf(name) is not null).ToDictionary(name => name, summary.ByName),
    };
}

/// <summary>Label maps are written.</summary>
/// <param name="Folder">Of the label maps.</param>
/// <param name="Done">Cases.</param>
/// <param name="Quarantined">Cases that failed, each with its cause.</param>
public sealed record LabelMapsResult(string Folder, int Done, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult
{
    /// <summary>Cases in which something was changed; null where that was not counted.</summary>
    public int? Changed { get; init; }
}

/// <summary>The postprocessing is decided and written.</summary>
/// <param name="File">postprocessing.pkl; postprocessing.json is beside it.</param>
/// <param name="Steps">In order.</param>
/// <param name="Before">Mean Dice of the predictions as they were.</param>
/// <param name="After">Mean Dice after the steps.</param>
/// <param name="Decisions">What was tried and what came of it, a sentence each.</param>
public sealed record PostprocessingResult(string File, IReadOnlyList<PostprocessingStep> Steps, double Before, double After, IReadOnlyList<string> Decisions) : JobResult;

/// <summary>The best model is found; inference_information.json and inference_instructions.txt are written.</summary>
/// <param name="Selection">What was found.</param>
/// <param name="Steps">Its postprocessing.</param>
/// <param name="Instructions">The commands, as in the file.</param>
/// <param name="Information">inference_information.json.</param>
/// <param name="Quarantined">Cases that failed; the models and pairs they belong to did not take part.</param>
public sealed record FindBestResult(
    ModelSelection Selection, IReadOnlyList<PostprocessingStep> Steps, string Instructions, string Information, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;

/// <summary>Draws the most telling slice of each training case with its labels.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Output">Folder of the pictures, made when missing.</param>
/// <param name="Plans">Name of the plans; null draws raw cases.</param>
/// <param name="Configuration">null: 3d_fullres where the plans have it, else 2d.</param>
/// <param name="Channel">Of the image, from 0.</param>
/// <param name="Intensity">How strongly labels show.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
public sealed record PlotOverlaysJob(
    DatasetPaths Paths, string Dataset, string Output, string? Plans, string? Configuration, int Channel, double Intensity, int Workers) : Job(Paths);

/// <summary>Makes a page for looking over a folder of predictions.</summary>
/// <param name="Paths">Roots; not used.</param>
/// <param name="Predictions">Folder of label maps.</param>
/// <param name="Images">Folder of the images that were predicted; null shows none.</param>
/// <param name="References">Folder of references, which not every case need have; null has none.</param>
/// <param name="DatasetJson">null: dataset.json beside the predictions.</param>
/// <param name="Output">The page.</param>
/// <param name="Workers">Cases at once at most; 0 leaves it to the node.</param>
public sealed record QualityJob(
    DatasetPaths Paths, string Predictions, string? Images, string? References, string? DatasetJson, string Output, int Workers) : Job(Paths);

/// <summary>A case that stands out, and why.</summary>
public sealed record FlaggedCase(CaseId Case, IReadOnlyList<string> Reasons);

/// <summary>The page is written.</summary>
/// <param name="File">The page.</param>
/// <param name="Cases">On it.</param>
/// <param name="Flagged">Those that stand out.</param>
/// <param name="Quarantined">Cases that could not be read.</param>
public sealed record QualityResult(string File, int Cases, IReadOnlyList<FlaggedCase> Flagged, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;
