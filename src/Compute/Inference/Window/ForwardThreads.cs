using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>
/// Threads that send batches through a network side by side, each with its share of torch's own threads: a small volume does not keep many threads busy
/// within one operation, but does so with one operation each. torch keeps the number of threads by thread; its default for new ones is put back.
/// </summary>
internal sealed class ForwardThreads : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _begin;
    private readonly CountdownEvent _ended = new(1);
    private readonly Exception?[] _failures;
    private Action<int>? _work;

    /// <param name="count">Threads.</param>
    /// <param name="all">torch's threads altogether.</param>
    public ForwardThreads(int count, int all)
    {
        _begin = [.. Enumerable.Range(0, count).Select(_ => new SemaphoreSlim(0))];
        _failures = new Exception?[count];
        _threads = [.. Enumerable.Range(0, count).Select(lane => new Thread(() => Serve(lane, Math.Max(1, all / count))) { IsBackground = true, Name = $"forward-{lane + 1}" })];
        _ended.Reset(count);
        foreach (var thread in _threads) thread.Start();
        _ended.Wait();
        set_num_threads(all);
    }

    /// <summary>How many there are.</summary>
    public int Count => _threads.Length;

    /// <summary>Does the work once on each of the first <paramref name="lanes"/> threads, which are told their number, and waits for all. The first failure is thrown.</summary>
    public void Run(int lanes, Action<int> work)
    {
        _work = work;
        Array.Clear(_failures);
        _ended.Reset(lanes);
        for (var lane = 0; lane < lanes; lane++) _begin[lane].Release();
        _ended.Wait();
        if (_failures.FirstOrDefault(e => e is not null) is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work = null;
        foreach (var begin in _begin) begin.Release();
        foreach (var thread in _threads) thread.Join();
        foreach (var begin in _begin) begin.Dispose();
        _ended.Dispose();
    }

    private void Serve(int lane, int threads)
    {
        set_num_threads(threads);
        _ended.Signal();
        while (true)
        {
            _begin[lane].Wait();
            if (_work is not { } work) return;
            try
            {
                work(lane);
            }
            catch (Exception e)
            {
                _failures[lane] = e;
            }

            _ended.Signal();
        }
    }
}
