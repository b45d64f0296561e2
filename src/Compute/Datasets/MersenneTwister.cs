namespace ActorSeg.Compute.Datasets;

/// <summary>
/// numpy's legacy generator (RandomState), for the few places where nnU-Net's own draws must be reproduced: splits, fingerprint samples, class
/// locations (spec 02 section 1.1). Everything of our own uses the counter-based generator instead.
/// </summary>
public sealed class MersenneTwister
{
    private const int N = 624, M = 397;
    private readonly uint[] _state = new uint[N];
    private int _next = N;

    /// <summary>Seeds as <c>numpy.random.RandomState(seed)</c> does for an integer.</summary>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < N; i++) _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_next == N) Refill();
        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    /// <summary>An integer in [0, max], by masked rejection; max = 0 draws nothing.</summary>
    public int Bounded(int max)
    {
        if (max == 0) return 0;
        var mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount((uint)max);
        while (true)
            if ((NextUInt32() & mask) is var value && value <= (uint)max)
                return (int)value;
    }

    /// <summary>A permutation of 0 .. n-1 (Fisher-Yates from the end).</summary>
    public int[] Permutation(int n)
    {
        var order = new int[n];
        for (var i = 0; i < n; i++) order[i] = i;
        for (var i = n - 1; i > 0; i--)
        {
            var j = Bounded(i);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }

    private void Refill()
    {
        for (var i = 0; i < N; i++)
        {
            var y = (_state[i] & 0x80000000u) | (_state[(i + 1) % N] & 0x7fffffffu);
            _state[i] = _state[(i + M) % N] ^ (y >> 1) ^ ((y & 1) == 0 ? 0u : 0x9908b0dfu);
        }

        _next = 0;
    }
}
