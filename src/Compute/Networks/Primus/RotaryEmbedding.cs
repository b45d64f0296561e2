using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>
/// Turns pairs of a head's numbers by angles that grow with the token's place, a third of the pairs for each axis, so that what attention sees of two tokens is
/// their distance (spec 04 section 10). Not part of the state; no dispose scope owns it.
/// </summary>
internal sealed class RotaryEmbedding : IDisposable
{
    private const float Slowest = 10000;

    private Tensor _sine, _cosine;

    /// <param name="grid">Tokens along each of the three axes.</param>
    /// <param name="headWidth">Numbers of a head, a multiple of 6.</param>
    public RotaryEmbedding(IReadOnlyList<int> grid, int headWidth)
    {
        var angles = Angles(grid, headWidth);
        (_sine, _cosine) = (Of(Math.Sin), Of(Math.Cos));

        Tensor Of(Func<double, double> function) =>
            tensor(Array.ConvertAll(angles, a => (float)function(a)), [angles.Length / headWidth, headWidth]).DetachFromDisposeScope();
    }

    /// <summary>The angle of each number of each token, tokens in row-major order; the two of a pair have the same.</summary>
    public static float[] Angles(IReadOnlyList<int> grid, int headWidth)
    {
        var bands = headWidth / 6;
        // In float32 throughout, as in the reference: a place divided by the axis' length and multiplied again may end beside itself.
        var frequencies = Enumerable.Range(0, bands).Select(k => 1 / MathF.Pow(Slowest, (float)k / bands)).ToArray();
        var places = grid.Select(n => Enumerable.Range(0, n).Select(i => (float)i / n * n).ToArray()).ToArray();
        var angles = new float[checked(grid.Aggregate(1, (product, n) => checked(product * n)) * headWidth)];
        var at = 0;
        foreach (var z in places[0])
            foreach (var y in places[1])
                foreach (var x in places[2])
                    foreach (var place in (ReadOnlySpan<float>)[z, y, x])
                        foreach (var frequency in frequencies)
                            angles[at++] = angles[at++] = place * frequency;
        return angles;
    }

    /// <summary>Queries or keys (batch, heads, tokens, head width), turned; of the same element type. The input stays the caller's.</summary>
    public Tensor Apply(Tensor x)
    {
        using var scope = NewDisposeScope();
        var width = x.shape[^1];
        var turned = stack([x.slice(-1, 1, width, 2).neg(), x.slice(-1, 0, width, 2)], -1).reshape(x.shape);
        return x.mul(_cosine).add_(turned.mul(_sine)).to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Moves it.</summary>
    public void To(Device device) => (_sine, _cosine) = (Moved(_sine, device), Moved(_cosine, device));

    /// <inheritdoc/>
    public void Dispose()
    {
        _sine.Dispose();
        _cosine.Dispose();
    }

    private static Tensor Moved(Tensor value, Device device)
    {
        if (value.device_type == device.type) return value;
        using (value) return value.to(device).DetachFromDisposeScope();
    }
}
