using System.CommandLine;
using ActorSeg.Actors.Experiments;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Sharing;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>download-pretrained-model-by-url</c>: downloads models and installs them.</summary>
internal sealed class DownloadPretrainedModelByUrlVerb : JobVerb
{
    private const int HashDigits = 64;

    private readonly Argument<string> _url = new("url") { Description = "address of the zip" };
    private readonly Option<string?> _hash = new("--sha256") { HelpName = "HASH", Description = "its hash, checked before anything is installed" };
    private readonly Option<bool> _overwrite = InstallPretrainedModelFromZipVerb.Overwrite();

    public DownloadPretrainedModelByUrlVerb(HostServices host, SharedFlags flags)
        : base(host, flags, "download-pretrained-model-by-url", "Download trained models and install them; a broken download is gone on with.")
    {
        Add(_url);
        foreach (var option in new Option[] { _hash, _overwrite }) Add(option);
    }

    /// <inheritdoc/>
    protected override JobRequest Read(ParseResult given, DatasetPaths paths)
    {
        _ = paths.ResultsFolder(""); // its absence is told of at once
        var (url, hash) = (ModelDownload.Address(given.GetRequiredValue(_url)), given.GetValue(_hash)?.ToLowerInvariant());
        if (hash is not null && (hash.Length != HashDigits || !hash.All(char.IsAsciiHexDigit))) throw new UsageException($"--sha256 {hash} is not a hash; give its 64 hexadecimal digits");
        return new JobRequest($"download-pretrained-model-by-url {url}", [new DownloadModelJob(paths, url, hash, given.GetValue(_overwrite))])
        {
            Report = (results, _) => SharingReport.Of((InstallModelResult)results[0]),
        };
    }
}
