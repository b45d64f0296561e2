using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary><c>nnUNet_def_batch_size</c>, by which scripts of users replace the planned batch size: in new plans, and in a training of older ones.</summary>
internal static class BatchSizeVariable
{
    public const string Name = "nnUNet_def_batch_size";

    /// <summary>Its value; null where it is not set.</summary>
    /// <exception cref="UsageException">It is no batch size.</exception>
    public static int? Of(HostServices host) => host.Variable(Name) switch
    {
        null or "" => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= 1 << 20 => size,
        var text => throw new UsageException($"{Name}={text} is not a batch size; set a whole number from 1, or unset it"),
    };
}
