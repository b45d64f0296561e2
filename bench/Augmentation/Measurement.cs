using System.Diagnostics;
using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Bench.Augmentation;

/// <summary>Builds the batches of an epoch on some threads and tells what they cost.</summary>
internal sealed class Measurement(BatchBuilder builder, Fold fold)
{
    /// <summary>Processor milliseconds of each batch (of one thread), wall and processor seconds and managed bytes of all.</summary>
    internal sealed record Result(IReadOnlyList<double> Milliseconds, double Wall, double Processor, long Allocated)
    {
        public override string ToString()
        {
            var sorted = Milliseconds.Order().ToList();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"CPU ms a batch: mean {sorted.Average():F1}, median {sorted[sorted.Count / 2]:F1}, min {sorted[0]:F1}, max {sorted[^1]:F1}; "
                + $"{Allocated / 1024.0 / sorted.Count:F0} KiB managed a batch");
        }
    }

    /// <summary>The batches of one epoch.</summary>
    public Result Run(int threads, int epoch, int batches)
    {
        var milliseconds = new double[batches];
        var allocated = GC.GetTotalAllocatedBytes(true);
        var (watch, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var next = -1;
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return new Result(milliseconds, watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalSeconds, GC.GetTotalAllocatedBytes(true) - allocated);

        void Work()
        {
            while (Interlocked.Increment(ref next) is var at && at < batches)
            {
                var before = Environment.CpuUsage.TotalTime;
                builder.Build(new BatchKey(1, fold, false, epoch, at), CancellationToken.None).Dispose();
                milliseconds[at] = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
            }
        }
    }

    /// <summary>
    /// The same batches on one thread and on two, in turn. Wall time, the best of each, says what there is where nobody else uses the machine; processor time, the
    /// medians, what the threads cost each other where somebody does: as many batches a second as two free processors would give.
    /// </summary>
    public void Scale(int batches)
    {
        var runs = Enumerable.Range(0, 5).Select(_ => (One: Run(1, 100, batches), Two: Run(2, 100, batches))).ToList();
        var (one, two) = (runs.Min(r => r.One.Wall) * 1000 / batches, runs.Min(r => r.Two.Wall) * 1000 / batches);
        var (alone, both) = (Median(runs.Select(r => r.One.Processor)) * 1000 / batches, Median(runs.Select(r => r.Two.Processor)) * 1000 / batches);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"wall ms a batch, best of 5: one thread {one:F1}, two threads {two:F1}: {one / two:F2} times as fast"));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"CPU ms a batch, median of 5: one thread {alone:F1}, two threads {both:F1}: {2 * alone / both:F2} times as fast on two free processors"));
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;
}
