using System.CommandLine;
using ActorSeg.Compute;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>describe checkpoint FILE</c>: what a .pth holds; nothing in it is executed.</summary>
internal sealed class DescribeCheckpointVerb : Command
{
    private readonly Argument<string> _file = new("file") { Description = "a .pth of ActorSeg or nnU-Net" };

    public DescribeCheckpointVerb(HostServices host, SharedFlags flags)
        : base("checkpoint", "What a checkpoint holds.")
    {
        Add(_file);
        SetAction(given =>
        {
            var file = given.GetValue(_file)!;
            if (!File.Exists(file)) throw new DataException(file, "is not there", "give the path of a .pth file");
            ReportWriter.Write(CheckpointReport.Of(CheckpointFile.Describe(file)), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }
}
