using System.Diagnostics;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation;

/// <summary>A case that tells how long it was read. The case stays its owner's.</summary>
internal sealed class TimedCase(IStoredCase stored) : IStoredCase
{
    /// <summary>Time spent in reads.</summary>
    public TimeSpan Elapsed { get; private set; }

    public int Channels => stored.Channels;

    public VolumeShape Shape => stored.Shape;

    public CaseProperties Properties => stored.Properties;

    public void ReadImage(Box box, Span<float> target)
    {
        var begun = Stopwatch.GetTimestamp();
        stored.ReadImage(box, target);
        Elapsed += Stopwatch.GetElapsedTime(begun);
    }

    public void ReadLabels(Box box, Span<short> target)
    {
        var begun = Stopwatch.GetTimestamp();
        stored.ReadLabels(box, target);
        Elapsed += Stopwatch.GetElapsedTime(begun);
    }

    public bool HasPreviousLabels => stored.HasPreviousLabels;

    public void ReadPreviousLabels(Box box, Span<short> target)
    {
        var begun = Stopwatch.GetTimestamp();
        stored.ReadPreviousLabels(box, target);
        Elapsed += Stopwatch.GetElapsedTime(begun);
    }

    public void Dispose()
    {
    }
}
