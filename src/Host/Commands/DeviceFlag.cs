using System.CommandLine;

namespace ActorSeg.Host.Commands;

/// <summary><c>-device</c>. nnU-Net's default is cuda whatever the machine; ours is what is there.</summary>
internal static class DeviceFlag
{
    public static Option<string?> Create() =>
        new("-device") { HelpName = "NAME", Description = "cpu or cuda (default: cuda where this build has it and the machine a GPU, else cpu)" };
}
