using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Sharing;

namespace ActorSeg.Actors.Experiments;

/// <summary>Packs trained models into a zip.</summary>
/// <param name="Paths">Roots.</param>
/// <param name="Request">What is packed.</param>
/// <param name="Output">The zip.</param>
public sealed record ExportModelJob(DatasetPaths Paths, ExportRequest Request, string Output) : Job(Paths);

/// <summary>Installs a zip of trained models.</summary>
/// <param name="Paths">Roots; results is written to.</param>
/// <param name="Zip">The file.</param>
/// <param name="Overwrite">Whether files of another content are replaced.</param>
public sealed record InstallModelJob(DatasetPaths Paths, string Zip, bool Overwrite) : Job(Paths);

/// <summary>Downloads a zip of trained models and installs it; goes on with what an earlier call left, and of several at once one downloads.</summary>
/// <param name="Paths">Roots; results is written to.</param>
/// <param name="Url">http or https.</param>
/// <param name="Sha256">Hexadecimal digits; null checks the length alone.</param>
/// <param name="Overwrite">Whether files of another content are replaced.</param>
public sealed record DownloadModelJob(DatasetPaths Paths, Uri Url, string? Sha256, bool Overwrite) : Job(Paths);

/// <summary>The zip is written.</summary>
/// <param name="File">The zip.</param>
/// <param name="Members">Names in it, in order.</param>
/// <param name="Bytes">Its length.</param>
public sealed record ExportModelResult(string File, IReadOnlyList<string> Members, long Bytes) : JobResult;

/// <summary>The models are installed.</summary>
/// <param name="Folder">The root of results.</param>
/// <param name="Installed">What was put there.</param>
public sealed record InstallModelResult(string Folder, InstalledModels Installed) : JobResult;
