using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// The counter-based generator Philox4x32-10 (Salmon et al., SC 2011). A stream is named by what it is for (batch, sample, purpose) and keeps no
/// state anywhere else, so a batch is the same whoever builds it, whenever.
/// </summary>
public struct Philox
{
    private const uint M0 = 0xD2511F53, M1 = 0xCD9E8D57, W0 = 0x9E3779B9, W1 = 0xBB67AE85;
    private const int Pairs = 256;
    private const float TurnPerBit = MathF.Tau / 4294967296f;

    private readonly uint _key0, _key1, _stream1, _stream2, _stream3;
    private uint _block, _x0, _x1, _x2, _x3;
    private int _left;
    private float _spare;
    private bool _hasSpare;

    /// <summary>Normal numbers that are made at once: fewer of them cost as much.</summary>
    public const int NormalBlock = 2 * Pairs;

    /// <summary>The stream of one purpose within one sample of a batch.</summary>
    /// <param name="key">Which batch.</param>
    /// <param name="sample">Position in the batch, below 65,536.</param>
    /// <param name="purpose">Which transform, below 65,536.</param>
    public Philox(BatchKey key, int sample, int purpose)
    {
        // The fold number is folded into the key's high half; a run's seed alone would give the folds of one seed the same draws.
        var fold = (uint)(key.Fold.Number is { } n ? n + 1 : 0);
        _key0 = (uint)key.Seed;
        _key1 = (uint)(key.Seed >> 32) ^ (fold * 0x85EBCA6B);
        _stream1 = ((uint)sample << 16) | (uint)purpose;
        _stream2 = (uint)key.Index;
        _stream3 = ((uint)key.Epoch << 1) | (key.Validation ? 1u : 0u);
    }

    /// <summary>One block of the generator: ten rounds over a counter.</summary>
    public static (uint, uint, uint, uint) Block(uint c0, uint c1, uint c2, uint c3, uint key0, uint key1)
    {
        for (var round = 0; round < 10; round++)
        {
            var low = (ulong)M0 * c0;
            var high = (ulong)M1 * c2;
            (c0, c1, c2, c3) = ((uint)(high >> 32) ^ c1 ^ key0, (uint)high, (uint)(low >> 32) ^ c3 ^ key1, (uint)low);
            key0 += W0;
            key1 += W1;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt()
    {
        if (_left == 0)
        {
            (_x0, _x1, _x2, _x3) = Block(_block++, _stream1, _stream2, _stream3, _key0, _key1);
            _left = 4;
        }

        return _left-- switch { 4 => _x0, 3 => _x1, 2 => _x2, _ => _x3 };
    }

    /// <summary>Uniform in [0, 1), with 53 bits.</summary>
    public double Uniform() => ((((ulong)NextUInt() << 32) | NextUInt()) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>True with this probability.</summary>
    public bool Bernoulli(double probability) => Uniform() < probability;

    /// <summary>A whole number from low to high, both included, without bias.</summary>
    public int IntInclusive(int low, int high)
    {
        var range = (ulong)((long)high - low) + 1;
        // Reject the incomplete last stretch of 2^32.
        var limit = (1UL << 32) - ((1UL << 32) % range);
        while (true)
            if (NextUInt() is var value && value < limit)
                return (int)(low + (long)(value % range));
    }

    /// <summary>Fills with standard normal numbers; other ones than <see cref="Normal"/> would give, and faster.</summary>
    [SkipLocalsInit]
    public void Normals(Span<float> target)
    {
        Span<float> radius = stackalloc float[Pairs], angle = stackalloc float[Pairs], sine = stackalloc float[Pairs];
        for (; target.Length > 0; target = target[Math.Min(NormalBlock, target.Length)..])
        {
            for (var i = 0; i < Pairs; i += 2)
            {
                var (a, b, c, d) = Block(_block++, _stream1, _stream2, _stream3, _key0, _key1);
                (radius[i], angle[i], radius[i + 1], angle[i + 1]) = (OpenUniform(a), b * TurnPerBit, OpenUniform(c), d * TurnPerBit);
            }

            TensorPrimitives.Log(radius, radius);
            TensorPrimitives.Multiply(radius, -2f, radius);
            TensorPrimitives.Sqrt(radius, radius);
            TensorPrimitives.Sin(angle, sine);
            TensorPrimitives.Cos(angle, angle);
            TensorPrimitives.Multiply(sine, radius, sine);
            TensorPrimitives.Multiply(angle, radius, angle);
            sine[..Math.Min(Pairs, target.Length)].CopyTo(target);
            if (target.Length > Pairs) angle[..Math.Min(Pairs, target.Length - Pairs)].CopyTo(target[Pairs..]);
        }
    }

    /// <summary>A standard normal number (Box-Muller).</summary>
    public float Normal()
    {
        if (_hasSpare)
        {
            _hasSpare = false;
            return _spare;
        }

        var radius = MathF.Sqrt(-2 * MathF.Log(OpenUniform(NextUInt())));
        var (sine, cosine) = MathF.SinCos(NextUInt() * TurnPerBit);
        (_spare, _hasSpare) = (radius * sine, true);
        return radius * cosine;
    }

    // Neither 0 nor 1, so that its logarithm is finite and negative.
    private static float OpenUniform(uint bits) => (bits + 1f) * (1f / 4294967808f);
}
