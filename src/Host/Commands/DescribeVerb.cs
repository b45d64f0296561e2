using System.CommandLine;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>describe</c>: what something consists of. One sub-verb a file.</summary>
internal sealed class DescribeVerb : Command
{
    public DescribeVerb(HostServices host, SharedFlags flags)
        : base("describe", "Describe what something consists of.")
    {
        Add(new DescribeSupervisionVerb(host, flags));
        Add(new DescribeCheckpointVerb(host, flags));
        Add(new DescribeImageVerb(host, flags));
        Add(new DescribePlansVerb(host, flags));
    }
}
