using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>install-pretrained-model-from-zip</c>: unpacks models into the folder of results.</summary>
internal sealed class InstallPretrainedModelFromZipVerb : JobVerb
{
    private readonly Argument<string> _zip = new("zip") { Description = "a zip of export-model-to-zip or nnU-Net" };
    private readonly Option<bool> _overwrite = Overwrite();

    public InstallPretrainedModelFromZipVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "install-pretrained-model-from-zip", "Install trained models from a zip.")
    {
        Add(_zip);
        Add(_overwrite);
    }

    internal static Option<bool> Overwrite() => new("--overwrite") { Description = "replace files that are there with another content" };

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        _ = paths.ResultsFolder(""); // its absence is told of at once
        var zip = Path.GetFullPath(given.GetRequiredValue(_zip));
        return new JobRequest($"install-pretrained-model-from-zip {zip}", [new InstallModelJob(paths, zip, given.GetValue(_overwrite))])
        {
            Report = (results, _) => SharingReport.Of((InstallModelResult)results[0]),
        };
    }
}
