using System.Numerics;
using System.Runtime.InteropServices;

namespace ActorSeg.Compute.Datasets;

/// <summary>
/// numpy's legacy generator (RandomState), for the few places where nnU-Net's own draws must be reproduced: splits, fingerprint samples, class
/// locations (spec 02 section 1.1). Everything of our own uses the counter-based generator instead. A fingerprint draws 1e8 numbers a channel, so
/// blocks are made and rejected a vector at a time.
/// </summary>
public sealed class MersenneTwister
{
    private const int N = 624, M = 397;
    private readonly uint[] _state = new uint[N];
    private readonly uint[] _tempered = new uint[N];
    private int _next = N;

    /// <summary>Seeds as <c>numpy.random.RandomState(seed)</c> does for an integer.</summary>
    public MersenneTwister(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < N; i++) _state[i] = (1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
    }

    private MersenneTwister(MersenneTwister other)
    {
        other._state.CopyTo(_state, 0);
        other._tempered.CopyTo(_tempered, 0);
        _next = other._next;
    }

    /// <summary>A generator that goes on from here by itself.</summary>
    public MersenneTwister Clone() => new(this);

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_next == N) Refill();
        return _tempered[_next++];
    }

    /// <summary>An integer in [0, max], by masked rejection; max = 0 draws nothing.</summary>
    public int Bounded(int max)
    {
        if (max == 0) return 0;
        var mask = MaskOf(max);
        while (true)
            if ((NextUInt32() & mask) is var value && value <= (uint)max)
                return (int)value;
    }

    /// <summary>As many integers in [0, max], as <see cref="Bounded(int)"/> would give them one by one.</summary>
    public void Bounded(int max, Span<int> values)
    {
        if (max == 0)
        {
            values.Clear();
            return;
        }

        var mask = MaskOf(max);
        for (var filled = 0; filled < values.Length;)
        {
            if (_next == N) Refill();
            // Each draw is stored, and the place moves on only if it is kept: no branch to guess wrong.
            var take = Math.Min(N - _next, values.Length - filled);
            foreach (var bits in _tempered.AsSpan(_next, take))
            {
                var value = bits & mask;
                values[filled] = (int)value;
                filled += value <= (uint)max ? 1 : 0;
            }

            _next += take;
        }
    }

    /// <summary>A permutation of 0 .. n-1 (Fisher-Yates from the end).</summary>
    public int[] Permutation(int n)
    {
        var order = new int[n];
        Permutation(order);
        return order;
    }

    /// <summary>As <see cref="Permutation(int)"/>, into memory that is there.</summary>
    public void Permutation(Span<int> order)
    {
        for (var i = 0; i < order.Length; i++) order[i] = i;
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = Bounded(i);
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    private static uint MaskOf(int max) => uint.MaxValue >> BitOperations.LeadingZeroCount((uint)max);

    // Each word depends on ones at least 227 places away, except the last on the first: vectors of 8 or 16 never overlap what they read.
    private void Refill()
    {
        Twist(0, N - M, M);
        Twist(N - M, N - 1, M - N);
        _state[N - 1] = Twisted(_state[N - 1], _state[0], _state[M - 1]);
        var tempered = MemoryMarshal.Cast<uint, Vector<uint>>(_tempered.AsSpan());
        var state = MemoryMarshal.Cast<uint, Vector<uint>>(_state.AsSpan());
        for (var i = 0; i < state.Length; i++) tempered[i] = Temper(state[i]);
        for (var i = state.Length * Vector<uint>.Count; i < N; i++) _tempered[i] = Temper(new Vector<uint>(_state[i]))[0];
        _next = 0;
    }

    private void Twist(int first, int end, int distance)
    {
        var i = first;
        for (; i <= end - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            var y = (new Vector<uint>(_state, i) & new Vector<uint>(0x80000000u)) | (new Vector<uint>(_state, i + 1) & new Vector<uint>(0x7fffffffu));
            var odd = Vector<uint>.Zero - (y & Vector<uint>.One);
            (new Vector<uint>(_state, i + distance) ^ (y >> 1) ^ (odd & new Vector<uint>(0x9908b0dfu))).CopyTo(_state, i);
        }

        for (; i < end; i++) _state[i] = Twisted(_state[i], _state[i + 1], _state[i + distance]);
    }

    private static uint Twisted(uint high, uint low, uint far)
    {
        var y = (high & 0x80000000u) | (low & 0x7fffffffu);
        return far ^ (y >> 1) ^ ((y & 1) == 0 ? 0u : 0x9908b0dfu);
    }

    private static Vector<uint> Temper(Vector<uint> y)
    {
        y ^= y >> 11;
        y ^= (y << 7) & new Vector<uint>(0x9d2c5680u);
        y ^= (y << 15) & new Vector<uint>(0xefc60000u);
        return y ^ (y >> 18);
    }
}
