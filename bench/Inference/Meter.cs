using System.Diagnostics;

namespace ActorSeg.Bench.Inference;

/// <summary>Processor seconds, wall seconds and the process's largest resident memory so far.</summary>
internal sealed class Meter
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TimeSpan _cpu = Process.GetCurrentProcess().TotalProcessorTime;

    public double Cpu => (Process.GetCurrentProcess().TotalProcessorTime - _cpu).TotalSeconds;

    public double Wall => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    public static double PeakGiB => Process.GetCurrentProcess().PeakWorkingSet64 / (double)(1L << 30);

    public override string ToString() => $"{Cpu:F2} CPU s, {Wall:F2} s wall, peak {PeakGiB:F2} GiB";
}
