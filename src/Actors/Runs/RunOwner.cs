using System.Text.Json;
using ActorSeg.Compute.Files;

namespace ActorSeg.Actors.Runs;

/// <summary>Which process owns a run, or owned it last.</summary>
/// <param name="Token">Higher with each owner.</param>
/// <param name="Id">Drawn at random: tells apart two that drew the same token where nothing could be locked.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="Pid">Of the process.</param>
/// <param name="Since">When it took the run.</param>
/// <param name="Computing">What results depend on to the bit beside the run's own options: device, precision, threads.</param>
/// <param name="Locked">Whether the file system keeps locks; where it does not, a second owner can only be noticed afterwards.</param>
public sealed record RunOwner(long Token, string Id, string Host, int Pid, DateTimeOffset Since, string Computing, bool Locked)
{
    /// <summary>The owner a folder names; null where none is named or the file cannot be read.</summary>
    public static RunOwner? Read(RunFolder folder) => SmallJson.Read(folder.Owner, RunEventJson.Default.RunOwner);

    /// <summary>Names this owner, durably.</summary>
    internal void Write(RunFolder folder) =>
        DurableFile.Write(folder.Owner, stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(this, RunEventJson.Default.RunOwner)));

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"process {Pid} on {Host} since {Since.ToLocalTime():yyyy-MM-dd HH:mm:ss}");
}
