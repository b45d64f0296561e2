using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Networks.Primus;

/// <summary>Version 1 written down once more in plain loops of doubles, from the published description, for one sample.</summary>
internal sealed class PlainPrimus(PrimusSpec spec, int[] patch, int channels, IReadOnlyList<NamedTensor> weights)
{
    private readonly Dictionary<string, NamedTensor> _weights = weights.ToDictionary(w => w.Name);
    private readonly int[] _grid = [.. patch.Select(n => n / 8)];

    private int Tokens => _grid[0] * _grid[1] * _grid[2];

    /// <summary>Logits (heads, patch) of an image (channels, patch).</summary>
    public double[] Forward(double[] image)
    {
        var x = Embed(image);
        var places = Of("eva.pos_embed");
        for (var t = 0; t < Tokens; t++)
            for (var c = 0; c < spec.Width; c++) x[t][c] += places[(t * spec.Width) + c];
        for (var block = 0; block < spec.Depth; block++)
        {
            var path = $"eva.blocks.{block}";
            Add(x, Attend($"{path}.attn", [.. x.Select(row => Norm($"{path}.norm1", row, 1e-5))]), Of($"{path}.gamma_1"));
            Add(x, [.. x.Select(row => Perceptron($"{path}.mlp", Norm($"{path}.norm2", row, 1e-5)))], Of($"{path}.gamma_2"));
        }

        return Decode([.. x.Select(row => Norm("eva.norm", row, 1e-5))]);
    }

    private float[] Of(string name) => _weights[name].Values;

    private double[][] Embed(double[] image)
    {
        var (weight, bias) = (Of("down_projection.proj.weight"), Of("down_projection.proj.bias"));
        return [.. Enumerable.Range(0, Tokens).Select(t => Enumerable.Range(0, spec.Width).Select(o => bias[o] + Cube(t, o)).ToArray())];

        double Cube(int token, int output)
        {
            var (z0, y0, x0) = (token / (_grid[1] * _grid[2]) * 8, token / _grid[2] % _grid[1] * 8, token % _grid[2] * 8);
            var (sum, at) = (0.0, output * channels * 512);
            for (var c = 0; c < channels; c++)
                for (var z = z0; z < z0 + 8; z++)
                    for (var y = y0; y < y0 + 8; y++)
                        for (var x = x0; x < x0 + 8; x++) sum += weight[at++] * image[(((((c * patch[0]) + z) * patch[1]) + y) * patch[2]) + x];
            return sum;
        }
    }

    private double[][] Attend(string path, double[][] x)
    {
        var width = spec.Width / spec.AttentionHeads;
        var queries = x.Select((row, t) => Turn(Linear($"{path}.q_proj", row), t, width)).ToArray();
        var keys = x.Select((row, t) => Turn(Linear($"{path}.k_proj", row), t, width)).ToArray();
        var values = x.Select(row => Linear($"{path}.v_proj", row)).ToArray();
        var heads = Enumerable.Range(0, spec.AttentionHeads);
        return [.. Enumerable.Range(0, Tokens).Select(t => Linear($"{path}.proj", Norm($"{path}.norm", [.. heads.SelectMany(h => Mixed(t, h))], 1e-5)))];

        double[] Mixed(int token, int head)
        {
            var scores = keys.Select(key => Math.Exp(Enumerable.Range(head * width, width).Sum(c => queries[token][c] * key[c]) / Math.Sqrt(width))).ToArray();
            return [.. Enumerable.Range(head * width, width).Select(c => Enumerable.Range(0, Tokens).Sum(t => scores[t] * values[t][c]) / scores.Sum())];
        }
    }

    private double[] Turn(double[] row, int token, int width)
    {
        int[] place = [token / (_grid[1] * _grid[2]), token / _grid[2] % _grid[1], token % _grid[2]];
        var bands = width / 6;
        var turned = new double[row.Length];
        for (var c = 0; c < row.Length; c += 2)
        {
            var pair = c % width / 2;
            var (sine, cosine) = Math.SinCos(place[pair / bands] * Math.Pow(10000, -(double)(pair % bands) / bands));
            (turned[c], turned[c + 1]) = ((row[c] * cosine) - (row[c + 1] * sine), (row[c + 1] * cosine) + (row[c] * sine));
        }

        return turned;
    }

    private double[] Perceptron(string path, double[] row)
    {
        var gate = Linear($"{path}.fc1_g", row).Select(v => v / (1 + Math.Exp(-v)));
        return Linear($"{path}.fc2", Norm($"{path}.norm", [.. gate.Zip(Linear($"{path}.fc1_x", row), (g, v) => g * v)], 1e-5));
    }

    private double[] Decode(double[][] x)
    {
        var size = _grid;
        var features = x;
        for (var stage = 0; stage < 3; stage++)
        {
            var path = stage < 2 ? $"up_projection.decode.{stage}.0" : "up_projection.decode.2";
            (features, size) = (Double(path, features, size), [.. size.Select(n => 2 * n)]);
            if (stage < 2) features = [.. features.Select(row => Array.ConvertAll(Norm($"up_projection.decode.{stage}.1", row, 1e-6), Gelu))];
        }

        return [.. Enumerable.Range(0, features[0].Length).SelectMany(head => features.Select(row => row[head]))];
    }

    private double[][] Double(string path, double[][] x, int[] size)
    {
        var (weight, bias) = (_weights[$"{path}.weight"], Of($"{path}.bias"));
        var outputs = (int)weight.Shape[1];
        var result = new double[x.Length * 8][];
        for (var at = 0; at < result.Length; at++)
        {
            var (px, py, pz) = (at % (2 * size[2]), at / (2 * size[2]) % (2 * size[1]), at / (4 * size[1] * size[2]));
            var from = x[(((pz / 2 * size[1]) + (py / 2)) * size[2]) + (px / 2)];
            var corner = (pz % 2 * 4) + (py % 2 * 2) + (px % 2);
            result[at] = [.. Enumerable.Range(0, outputs).Select(o => bias[o] + from.Select((v, i) => v * weight.Values[(((i * outputs) + o) * 8) + corner]).Sum())];
        }

        return result;
    }

    private double[] Linear(string path, double[] row)
    {
        var (weight, bias) = (_weights[$"{path}.weight"], _weights.GetValueOrDefault($"{path}.bias"));
        return [.. Enumerable.Range(0, (int)weight.Shape[0]).Select(o => (bias?.Values[o] ?? 0.0) + row.Select((v, i) => v * weight.Values[(o * row.Length) + i]).Sum())];
    }

    private double[] Norm(string path, double[] row, double eps)
    {
        var mean = row.Average();
        var deviation = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + eps);
        return [.. row.Select((v, i) => ((v - mean) / deviation * Of($"{path}.weight")[i]) + Of($"{path}.bias")[i])];
    }

    private static void Add(double[][] x, double[][] branch, float[] factors)
    {
        for (var t = 0; t < x.Length; t++)
            for (var c = 0; c < factors.Length; c++) x[t][c] += branch[t][c] * factors[c];
    }

    private static double Gelu(double x) => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    // By its series, which converges everywhere and fast for the small numbers here.
    private static double Erf(double x)
    {
        var (term, sum) = (x, x);
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return sum * 2 / Math.Sqrt(Math.PI);
    }
}
