using static TorchSharp.torch;

namespace ActorSeg.Compute.Networks.Primus;

/// <summary>A matrix and, where it has one, a bias, applied to the last dimension. Weights start normally distributed, biases at zero.</summary>
internal sealed class Linear
{
    // The reference draws it truncated at two, not at two deviations: at a hundred of them nothing is cut off.
    public const double Deviation = 0.02;

    private readonly string _path;
    private readonly StateTensor _weight;
    private readonly StateTensor? _bias;

    /// <param name="path">Module path, such as <c>eva.blocks.0.mlp.fc2</c>.</param>
    /// <param name="features">In and out.</param>
    /// <param name="hasBias">Whether a number is added to each output.</param>
    /// <param name="deviation">Of the first weights.</param>
    public Linear(string path, (int In, int Out) features, bool hasBias = true, double deviation = Deviation)
    {
        _path = path;
        _weight = new StateTensor($"{path}.weight", [features.Out, features.In], Start.Normal(deviation));
        if (hasBias) _bias = new StateTensor($"{path}.bias", [features.Out], Start.Zero);
    }

    /// <summary>Weight and bias.</summary>
    public IEnumerable<StateEntry> State => Operators.State(_path, _weight, _bias);

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor input) => nn.functional.linear(input, _weight.Value, _bias?.Value);
}

/// <summary>Makes the last dimension of mean 0 and variance 1, then scales and shifts it.</summary>
/// <param name="path">Module path, such as <c>eva.norm</c>.</param>
/// <param name="features">Of the last dimension.</param>
/// <param name="eps">Added to the variance.</param>
internal sealed class LayerNorm(string path, int features, double eps = 1e-5)
{
    private readonly StateTensor _weight = new($"{path}.weight", [features], Start.One), _bias = new($"{path}.bias", [features], Start.Zero);

    /// <summary>Weight and bias.</summary>
    public IEnumerable<StateEntry> State => Operators.State(path, _weight, _bias);

    /// <summary>A new tensor; the input stays the caller's.</summary>
    public Tensor Forward(Tensor input) => nn.functional.layer_norm(input, [features], _weight.Value, _bias.Value, eps);
}
