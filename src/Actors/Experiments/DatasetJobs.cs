using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Datasets.Conversion;

namespace ActorSeg.Actors.Experiments;

/// <summary>Checks every case of a raw data set.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Dataset">Full name, <c>DatasetXXX_Name</c>.</param>
/// <param name="Workers">Cases checked at once at most; 0 leaves it to the node.</param>
/// <param name="Fix">Take rounding noise out of geometries (<see cref="GeometryRepair"/>).</param>
public sealed record VerifyJob(DatasetPaths Paths, string Dataset, int Workers, bool Fix) : Job(Paths);

/// <summary>What a case was found to be, after what was corrected.</summary>
public sealed record VerifiedCase(CaseId Case, CaseFindings Findings, IReadOnlyList<string> Fixed);

/// <summary>Every case was looked at.</summary>
/// <param name="Dataset">Full name.</param>
/// <param name="Problems">Of the data set as a whole.</param>
/// <param name="Cases">In the data set's order, those left out that are quarantined.</param>
/// <param name="Quarantined">Cases that could not be looked at for a reason that does not lie in them, such as too little memory.</param>
public sealed record VerifyResult(
    string Dataset, IReadOnlyList<string> Problems, IReadOnlyList<VerifiedCase> Cases, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult
{
    /// <summary>All problems, of the data set and its cases.</summary>
    public IEnumerable<string> AllProblems => Problems.Concat(Cases.SelectMany(c => c.Findings.Problems));

    /// <summary>All warnings.</summary>
    public IEnumerable<string> AllWarnings => Cases.SelectMany(c => c.Findings.Warnings);

    /// <summary>All files that were corrected.</summary>
    public IEnumerable<string> AllFixed => Cases.SelectMany(c => c.Fixed);
}

/// <summary>Makes a raw data set of a folder in another layout. The data set appears whole or not at all.</summary>
/// <param name="Paths">Roots; raw is written to, all three are asked whether the number is free.</param>
/// <param name="Input">The folder.</param>
/// <param name="Workers">Files at once at most; 0 leaves it to the node.</param>
public abstract record ConversionJob(DatasetPaths Paths, string Input, int Workers) : Job(Paths);

/// <summary>A task of the Medical Segmentation Decathlon.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Input"><c>TaskXX_Name</c>.</param>
/// <param name="OverwriteId">The new number; null takes the task's.</param>
/// <param name="Workers">Files at once at most.</param>
public sealed record ConvertMsdJob(DatasetPaths Paths, string Input, int? OverwriteId, int Workers) : ConversionJob(Paths, Input, Workers);

/// <summary>A data set of nnU-Net v1.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Input">Its folder.</param>
/// <param name="Dataset">The new full name.</param>
public sealed record ConvertOldDatasetJob(DatasetPaths Paths, string Input, string Dataset) : ConversionJob(Paths, Input, 0);

/// <summary>A BIDS data set with label maps among its derivatives.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Source">What is wanted of it.</param>
/// <param name="Dataset">The new full name.</param>
/// <param name="Naming">What its labels are called.</param>
/// <param name="Workers">Files at once at most.</param>
public sealed record ConvertBidsJob(DatasetPaths Paths, BidsSource Source, string Dataset, BidsNaming Naming, int Workers)
    : ConversionJob(Paths, Source.Folder, Workers);

/// <summary>The raw data set is there.</summary>
public sealed record ConversionResult(ConvertedDataset Dataset) : JobResult;

/// <summary>Writes dataset.json of a raw data set.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Folder">The data set's.</param>
/// <param name="Description">What it says.</param>
/// <param name="Overwrite">Whether one that is there may be replaced.</param>
public sealed record DatasetJsonJob(DatasetPaths Paths, string Folder, DatasetDescription Description, bool Overwrite) : Job(Paths);

/// <summary>dataset.json is written.</summary>
/// <param name="File">Its path.</param>
/// <param name="Cases">Training cases that were counted.</param>
public sealed record DatasetJsonResult(string File, int Cases) : JobResult;

/// <summary>Converts images, or writes the labels of label maps as masks.</summary>
/// <param name="Paths">Roots; not used.</param>
/// <param name="Export">What is wanted.</param>
/// <param name="Workers">Files at once at most; 0 leaves it to the node.</param>
public sealed record ExportImagesJob(DatasetPaths Paths, ImageExport Export, int Workers) : Job(Paths);

/// <summary>The images are written.</summary>
/// <param name="Written">Files, in the order of the input.</param>
/// <param name="Quarantined">Files that could not be converted, each with its cause.</param>
public sealed record ExportImagesResult(IReadOnlyList<string> Written, IReadOnlyList<QuarantinedCase> Quarantined) : JobResult;
