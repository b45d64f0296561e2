using System.CommandLine;
using ActorSeg.Compute.Imaging;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>describe image FILE</c>: where an image lies in space and what values it holds.</summary>
internal sealed class DescribeImageVerb : Command
{
    private readonly Argument<string> _file = new("file") { Description = "an image or a label map" };

    public DescribeImageVerb(HostServices host, SharedFlags flags)
        : base("image", "Where an image lies in space, and what values it holds.")
    {
        Add(_file);
        SetAction(given =>
        {
            var file = given.GetValue(_file)!;
            using var source = ImageFormats.Open(file);
            ReportWriter.Write(ImageReport.Of(file, source.Header, ImageStatistics.Of(source)), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }
}
