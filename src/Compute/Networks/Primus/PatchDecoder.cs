using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>
/// Tokens back to voxels: three transposed convolutions that double the resolution, the first two followed by a norm over the channels and GELU; the last gives
/// logits (spec 04 section 10).
/// </summary>
internal sealed class PatchDecoder
{
    private const double NormEps = 1e-6;

    private static readonly long[] Double = [2, 2, 2];

    private readonly string _path;
    private readonly Upsampling[] _upsamplings;
    private readonly LayerNorm[] _norms;

    /// <param name="path">Module path, such as <c>up_projection</c>.</param>
    /// <param name="width">Of tokens.</param>
    /// <param name="heads">Outputs.</param>
    public PatchDecoder(string path, int width, int heads)
    {
        _path = path;
        var channels = Channels(width, heads);
        var last = channels.Length - 2;
        _upsamplings = [.. Enumerable.Range(0, last + 1).Select(i => new Upsampling(Name(i), (channels[i], channels[i + 1]), Double, hasBias: true))];
        _norms = [.. Enumerable.Range(0, last).Select(i => new LayerNorm($"{path}.decode.{i}.1", channels[i + 1], NormEps))];
    }

    /// <summary>Entries in the reference's order.</summary>
    public IEnumerable<StateEntry> State =>
        _upsamplings.SelectMany((layer, i) => layer.State(Name(i)).Concat(i < _norms.Length ? _norms[i].State : []));

    /// <summary>Channels of the grid, after each of the first two doublings, and of the logits: they shrink evenly to twice the outputs, in eights.</summary>
    public static int[] Channels(int width, int heads)
    {
        var shrink = Math.Pow(width / (2.0 * heads), 1.0 / 3);
        return [width, Eights(width / shrink), Eights(width / Math.Pow(shrink, 2)), heads];

        // The small number is the reference's, whose rounding is half to even.
        static int Eights(double channels) => (int)Math.Max(8, Math.Round((channels + 1e-6) / 8) * 8);
    }

    /// <summary>A new tensor (batch, heads, patch...) of tokens on their grid (batch, width, grid...), which stay the caller's.</summary>
    public Tensor Forward(Tensor grid)
    {
        using var scope = NewDisposeScope();
        var x = grid;
        for (var i = 0; i < _norms.Length; i++)
        {
            using var upsampled = _upsamplings[i].Forward(x, is_grad_enabled());
            using var channelsLast = upsampled.permute(0, 2, 3, 4, 1);
            using var normal = _norms[i].Forward(channelsLast);
            using var active = nn.functional.gelu(normal);
            if (i > 0) x.Dispose();
            x = active.permute(0, 4, 1, 2, 3);
        }

        return _upsamplings[^1].Forward(x, is_grad_enabled()).MoveToOuterDisposeScope();
    }

    // The last stands in the sequence by itself rather than in one with its norm.
    private string Name(int i) => i < 2 ? $"{_path}.decode.{i}.0" : $"{_path}.decode.{i}";
}
