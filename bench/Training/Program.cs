using System.Diagnostics;
using System.Globalization;
using ActorSeg.Bench.Training;
using ActorSeg.Compute.Networks;

// Arguments: BATCH PRECISION STEPS [alone] [checkpointing] [large]. One batch size and precision a process, so that peak memory is theirs alone.
var (size, precision, steps) = (int.Parse(args[0], CultureInfo.InvariantCulture), args[1] == "bf16" ? Precision.Bf16 : Precision.Fp32, int.Parse(args[2], CultureInfo.InvariantCulture));
var alone = args.Contains("alone");
Devices.UseThreads(2);

// A thread of its own, as the trainer has: malloc treats the main thread otherwise.
var thread = new Thread(Run, 16 << 20);
thread.Start();
thread.Join();

void Run()
{
    using var batch = Hippocampus.Batch(size, args.Contains("large") ? 2 : 1);
    using var library = new Library(size, precision, args.Contains("checkpointing"));
    using var bare = alone ? null : new Bare(precision);
    IContestant[] contestants = bare is null ? [library] : [library, bare];
    var (forward, step) = (new Ledger(contestants.Length), new Ledger(contestants.Length));
    // The first two compile, and fill what is used again.
    for (var round = -2; round < steps; round++)
        foreach (var i in round % 2 == 0 ? Enumerable.Range(0, contestants.Length) : Enumerable.Range(0, contestants.Length).Reverse())
        {
            var contestant = contestants[i];
            if (!alone) forward.Time(i, round, () => contestant.Forward(batch));
            step.Time(i, round, () => contestant.Step(batch));
        }

    Console.WriteLine($"batch {size}, {args[1]}");
    if (!alone) forward.Print("forward");
    step.Print("step");
    Console.WriteLine(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)));
}

/// <summary>Seconds of each contestant in rounds: by the clock, and of the processor, which a busy machine disturbs less.</summary>
internal sealed class Ledger(int contestants)
{
    private readonly List<(double Wall, double Processor)>[] _times = [.. Enumerable.Range(0, contestants).Select(_ => new List<(double, double)>())];

    public void Time(int contestant, int round, Action action)
    {
        var (processor, clock) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.GetTimestamp());
        action();
        if (round >= 0) _times[contestant].Add((Stopwatch.GetElapsedTime(clock).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds));
    }

    public void Print(string what)
    {
        string[] names = ["library", "bare"];
        for (var i = 0; i < _times.Length; i++)
        {
            var wall = _times[i].Select(t => t.Wall).ToList();
            Write($"  {what}, {names[i]}: min {wall.Min():F3} s, median {Median(wall):F3} s ({1 / Median(wall):F2} a second), processor {Median(_times[i].Select(t => t.Processor)):F3} s");
        }

        if (_times.Length < 2) return;
        var pairs = _times[0].Zip(_times[1]).ToList();
        Write($"  {what}, library to bare: clock {Median(pairs.Select(p => p.First.Wall / p.Second.Wall)):F3}, processor {Median(pairs.Select(p => p.First.Processor / p.Second.Processor)):F3} (medians of {pairs.Count} pairs)");
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
