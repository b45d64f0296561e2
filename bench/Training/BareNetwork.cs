using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace ActorSeg.Bench.Training;

/// <summary>The hippocampus network, its loss and its step as one writes them down with torch alone: what the library is measured against.</summary>
internal sealed class BareNetwork : IDisposable
{
    private static readonly long[] One = [1, 1, 1], Two = [2, 2, 2];
    private readonly List<Parameter> _parameters = [];
    private readonly Block[] _encoder, _decoder;
    private readonly Layer[] _up, _heads;
    private readonly optim.Optimizer _optimizer;

    public BareNetwork(int[] features, int heads)
    {
        _encoder = [.. features.SelectMany((f, s) => new[] { NewBlock(s == 0 ? 1 : features[s - 1], f), NewBlock(f, f) })];
        var upwards = features.Reverse().ToArray();
        _up = [.. upwards.Skip(1).Select((f, d) => NewLayer([upwards[d], f, 2, 2, 2], f))];
        _decoder = [.. upwards.Skip(1).SelectMany(f => new[] { NewBlock(2 * f, f), NewBlock(f, f) })];
        _heads = [.. upwards.Skip(1).Select(f => NewLayer([heads, f, 1, 1, 1], heads))];
        _optimizer = optim.SGD(_parameters, 0.01, momentum: 0.99, weight_decay: 3e-5, nesterov: true);
    }

    public List<Tensor> Forward(Tensor x)
    {
        var skips = new List<Tensor>();
        for (var i = 0; i < _encoder.Length; i++)
        {
            x = Run(_encoder[i], x, i > 0 && i % 2 == 0 ? Two : One);
            if (i % 2 == 1) skips.Add(x);
        }

        var outputs = new List<Tensor>();
        for (var d = 0; d < _up.Length; d++)
        {
            x = cat([conv_transpose3d(x, _up[d].Weight, _up[d].Bias, strides: Two), skips[^(d + 2)]], 1);
            x = Run(_decoder[(2 * d) + 1], Run(_decoder[2 * d], x, One), One);
            outputs.Insert(0, conv3d(x, _heads[d].Weight, _heads[d].Bias));
        }

        return outputs;
    }

    /// <summary>Dice and cross-entropy of the first two outputs, weighted 2 to 1.</summary>
    public static Tensor Loss(List<Tensor> logits, IReadOnlyList<Tensor> targets) => (Loss(logits[0], targets[0]) * (2.0 / 3)) + (Loss(logits[1], targets[1]) * (1.0 / 3));

    public void Step()
    {
        nn.utils.clip_grad_norm_(_parameters, 12);
        _optimizer.step();
        _optimizer.zero_grad();
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        foreach (var parameter in _parameters) parameter.Dispose();
    }

    private static Tensor Loss(Tensor logits, Tensor target)
    {
        logits = logits.to(ScalarType.Float32);
        var classes = target.to(ScalarType.Int64);
        var crossEntropy = cross_entropy(logits, classes.squeeze(1));
        var probabilities = softmax(logits, 1);
        var oneHot = zeros_like(probabilities);
        using (no_grad()) oneHot.scatter_(1, classes, ones_like(classes, ScalarType.Float32));
        long[] space = [0, 2, 3, 4];
        var (p, y) = (probabilities.slice(1, 1, logits.shape[1], 1), oneHot.slice(1, 1, logits.shape[1], 1));
        var dice = ((2 * (p * y).sum(space)) + 1e-5) / (p.sum(space) + y.sum(space) + 1e-5).clamp_min(1e-8);
        return crossEntropy - dice.mean();
    }

    private static Tensor Run(Block block, Tensor x, long[] stride)
    {
        var convolved = conv3d(x, block.Weight, block.Bias, strides: stride, padding: One);
        return leaky_relu(instance_norm(convolved, null, null, block.Scale, block.Shift, use_input_stats: true, momentum: 0.1, eps: 1e-5), 0.01, inplace: true);
    }

    private Block NewBlock(int from, int to)
    {
        var layer = NewLayer([to, from, 3, 3, 3], to);
        return new Block(layer.Weight, layer.Bias, Keep(ones(to)), Keep(zeros(to)));
    }

    private Layer NewLayer(long[] shape, long channels)
    {
        var weight = randn(shape, generator: new Generator((ulong)_parameters.Count)) * Math.Sqrt(2.0 / shape.Skip(1).Aggregate((a, b) => a * b));
        return new Layer(Keep(weight), Keep(zeros(channels)));
    }

    private Parameter Keep(Tensor values)
    {
        var parameter = new Parameter(values);
        parameter.DetachFromDisposeScope();
        _parameters.Add(parameter);
        return parameter;
    }

    private sealed record Layer(Parameter Weight, Parameter Bias);

    private sealed record Block(Parameter Weight, Parameter Bias, Parameter Scale, Parameter Shift);
}
