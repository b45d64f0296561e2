using System.Numerics;

namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>
/// A Gaussian over a patch, each axis integrated over its voxels, shifted and scaled to 0..1 (spec 06 section 9). It is the product of three profiles, so its
/// smallest and largest value are known without making it.
/// </summary>
internal sealed class LocalKernel
{
    // Gauss-Legendre on a voxel's half width: exact enough for widths of a voxel and more, also far out, where a difference of distribution functions is not.
    private static readonly (double At, double Weight)[] Nodes =
        [(0.43056815579702629, 0.17392742256872693), (0.16999052179242813, 0.32607257743127307)];

    private readonly float[] _z, _y, _x;
    private readonly float _lowest, _range;

    /// <param name="z">Centre and standard deviation on axis 0, voxels; an infinite one leaves the axis out.</param>
    /// <param name="y">On axis 1.</param>
    /// <param name="x">On axis 2.</param>
    /// <param name="shape">Of the patch.</param>
    public LocalKernel((double Centre, double Sigma) z, (double Centre, double Sigma) y, (double Centre, double Sigma) x, VolumeShape shape)
    {
        (_z, _y, _x) = (Profile(shape.Z, z), Profile(shape.Y, y), Profile(shape.X, x));
        _lowest = _z.Min() * _y.Min() * _x.Min();
        // A kernel that is the same everywhere is 0 everywhere.
        _range = (_z.Max() * _y.Max() * _x.Max()) - _lowest is > 0 and var range ? range : float.PositiveInfinity;
    }

    /// <summary>The kernel at one voxel.</summary>
    public float At(int z, int y, int x) => ((_z[z] * _y[y] * _x[x]) - _lowest) / _range;

    /// <summary>Adds so many times the kernel to a channel.</summary>
    public void AddTo(Span<float> channel, float strength)
    {
        var scale = strength / _range;
        var offset = new Vector<float>(_lowest * scale);
        for (var row = 0; row < _z.Length * _y.Length; row++)
        {
            var values = channel.Slice(row * _x.Length, _x.Length);
            var here = _z[row / _y.Length] * _y[row % _y.Length] * scale;
            var i = 0;
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
                (new Vector<float>(values[i..]) + ((new Vector<float>(_x, i) * here) - offset)).CopyTo(values[i..]);
            for (; i < values.Length; i++) values[i] += (_x[i] * here) - offset[0];
        }
    }

    /// <summary>Raises a channel, scaled to 0..1, to a power, as far as the kernel says; its range stays.</summary>
    public void Raise(Span<float> channel, double gamma)
    {
        const float epsilon = 1e-8f;
        var moments = Moments.Of(channel);
        var (low, range) = (moments.Low, Math.Max(moments.High - moments.Low, epsilon));
        var (lows, power) = (new Vector<float>(low), (float)gamma);
        for (var row = 0; row < _z.Length * _y.Length; row++)
        {
            var values = channel.Slice(row * _x.Length, _x.Length);
            var here = _z[row / _y.Length] * _y[row % _y.Length];
            var i = 0;
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var part = (new Vector<float>(values[i..]) - lows) / range;
                var kernel = ((new Vector<float>(_x, i) * here) - new Vector<float>(_lowest)) / _range;
                var raised = Vector.Exp(Vector.Log(part) * power);
                ((((part * (Vector<float>.One - kernel)) + (raised * kernel)) * range) + lows).CopyTo(values[i..]);
            }

            for (; i < values.Length; i++)
            {
                var part = (values[i] - low) / range;
                var kernel = ((_x[i] * here) - _lowest) / _range;
                values[i] = (((part * (1 - kernel)) + (MathF.Pow(part, power) * kernel)) * range) + low;
            }
        }
    }

    // Up to a factor, which scaling takes out: the largest voxel is 1, so that nothing underflows where the centre is far away.
    private static float[] Profile(int size, (double Centre, double Sigma) axis)
    {
        var profile = new double[size];
        for (var i = 0; i < size; i++)
            foreach (var (at, weight) in Nodes)
                profile[i] += weight * (Density(i - at) + Density(i + at));
        var most = profile.Max();
        return [.. profile.Select(v => (float)(v / most))];

        double Density(double x) => Math.Exp(-0.5 * Math.Pow((x - axis.Centre) / axis.Sigma, 2));
    }
}
