using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>nnUNet_n_proc_DA</c>, by which scripts of users fix the number of augmentation workers (spec 06 section 3).</summary>
internal static class AugmentersVariable
{
    public const string Name = "nnUNet_n_proc_DA";

    /// <summary>Its value; null where it is not set. 0 is nnU-Net's "in the training's own process".</summary>
    /// <exception cref="UsageException">It is no such number.</exception>
    public static int? Of(HostServices host) => host.Variable(Name) switch
    {
        null or "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 4096 => number,
        var text => throw new UsageException($"{Name}={text} is not a number of workers; set a whole number from 0, or unset it"),
    };
}
