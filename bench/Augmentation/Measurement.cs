using System.Diagnostics;
using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Bench.Augmentation;

/// <summary>Builds the batches of an epoch on some threads and tells what they cost.</summary>
internal sealed class Measurement(BatchBuilder builder, Fold fold)
{
    /// <summary>Processor milliseconds of each batch, wall seconds and managed bytes of all.</summary>
    internal sealed record Result(IReadOnlyList<double> Milliseconds, double Wall, long Allocated)
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
        var watch = Stopwatch.StartNew();
        var next = -1;
        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(Work)).ToList();
        foreach (var worker in workers) worker.Start();
        foreach (var worker in workers) worker.Join();
        return new Result(milliseconds, watch.Elapsed.TotalSeconds, GC.GetTotalAllocatedBytes(true) - allocated);

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

    /// <summary>Wall time of the same batches on one thread and on two, in turn; the best of each, as others may use the machine.</summary>
    public void Scale(int batches)
    {
        var (one, two) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var repeat = 0; repeat < 5; repeat++)
        {
            one = Math.Min(one, Run(1, 100, batches).Wall);
            two = Math.Min(two, Run(2, 100, batches).Wall);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"wall, best of 5: one thread {1000 * one / batches:F1} ms a batch, two threads {1000 * two / batches:F1} ms, {one / two:F2} times as fast"));
    }
}
