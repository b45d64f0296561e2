namespace ActorSeg.Compute.Networks;

/// <summary>
/// Arrays for the next copy of a training's state, allocated and touched while its steps run: the system gives fresh memory page by page, and a trainer that copies into it waits for
/// each. Who takes an array keeps it. Holds one copy's worth, and sees to it that copies which nobody has any more do not pile up. Used from one thread.
/// </summary>
public sealed class WarmArrays
{
    private const int PageOfFloats = 4096 / sizeof(float);
    // Copies smaller than this may pile up.
    private const long WorthCollecting = 16 << 20;
    private readonly IReadOnlyList<int> _lengths;
    private Task<Dictionary<int, Stack<float[]>>> _ready;

    /// <param name="lengths">Of the arrays of one copy, in values; the first are prepared at once, on another thread.</param>
    public WarmArrays(IReadOnlyList<int> lengths)
    {
        _lengths = lengths;
        _ready = Begin();
    }

    /// <summary>An array of this length, its content undefined; a cold one where none is left.</summary>
    public float[] Take(int length) =>
        // Where they are still being prepared, that is the very work which is waited for.
        _ready.GetAwaiter().GetResult().GetValueOrDefault(length) is { Count: > 0 } waiting ? waiting.Pop() : GC.AllocateUninitializedArray<float>(length);

    /// <summary>Prepares the next copy's, on another thread, in place of those that nobody took.</summary>
    public void Renew() => _ready = Begin();

    // A thread of its own: the pool's may all be at work, and then who takes an array would prepare them all.
    private Task<Dictionary<int, Stack<float[]>>> Begin() => Task.Factory.StartNew(Fresh, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Dictionary<int, Stack<float[]>> Fresh()
    {
        // By itself the collector lets some ten copies become garbage before it looks: a process that grows for its first hour. Beside the steps it costs next to nothing,
        // as there are few objects to look at.
        if (_lengths.Sum(n => (long)n * sizeof(float)) >= WorthCollecting) GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        return _lengths.GroupBy(length => length).ToDictionary(same => same.Key, same => new Stack<float[]>(same.Select(Touched)));
    }

    private static float[] Touched(int length)
    {
        var array = GC.AllocateUninitializedArray<float>(length);
        for (var i = 0; i < length; i += PageOfFloats) array[i] = 0;
        return array;
    }
}
