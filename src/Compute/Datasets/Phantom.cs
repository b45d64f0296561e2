using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>One made-up volume: image and label map in C order (z, y, x).</summary>
internal sealed record Phantom(float[] Image, ushort[] Labels, VolumeShape Shape, ImageGeometry Geometry)
{
    public const int Liver = 1, Kidney = 2;

    // Mean intensities lie 2.5 standard deviations of the noise apart: single voxels overlap, shapes do not.
    private const double BodyMean = 100, LiverMean = 150, KidneyMean = 200, Noise = 20, BiasStrength = 0.12;

    /// <summary>Makes case <paramref name="index"/> of a seed.</summary>
    public static Phantom Make(ulong seed, int index)
    {
        var random = new Draws(seed, index);
        var shape = new VolumeShape(22 + random.Below(5), 44 + random.Below(9), 44 + random.Below(9));
        var geometry = new ImageGeometry(
            [1, 1, 2.4 + (0.1 * random.Below(3))], [random.Between(-80, 80), random.Between(-80, 80), random.Between(-80, 80)], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
        var spacing = new Spacing(geometry.Spacing[2], 1, 1);
        var (z, y, x) = (shape.Z * spacing.Z, (double)shape.Y, (double)shape.X);

        // Millimetres, z first. The organs keep to their halves of the body, so they never touch.
        var body = new Blob((z / 2, y / 2, x / 2), (z * 0.56, y * 0.46, x * 0.46), 0.03, random);
        var liver = new Blob(
            (z * random.Between(0.42, 0.58), y * random.Between(0.42, 0.58), x * random.Between(0.28, 0.33)),
            (random.Between(15, 19), random.Between(10, 13), random.Between(7.5, 9)), 0.12, random);
        var kidney = new Blob(
            (z * random.Between(0.38, 0.62), y * random.Between(0.4, 0.6), x * random.Between(0.69, 0.74)),
            (random.Between(11, 15), random.Between(6.5, 8.5), random.Between(5.5, 7)), 0.1, random);
        var bias = new[] { random.Between(-1, 1), random.Between(-1, 1), random.Between(-1, 1), random.Between(-1, 1) };

        var (image, labels) = (new float[shape.Voxels], new ushort[shape.Voxels]);
        var at = 0;
        for (var k = 0; k < shape.Z; k++)
            for (var j = 0; j < shape.Y; j++)
                for (var i = 0; i < shape.X; i++, at++)
                {
                    // Outside the body lies nothing, as after skull stripping; the crop to non-zero has something to do.
                    var point = ((k + 0.5) * spacing.Z, j + 0.5, i + 0.5);
                    if (!body.Holds(point)) continue;
                    labels[at] = (ushort)(kidney.Holds(point) ? Kidney : liver.Holds(point) ? Liver : 0);
                    var (u, v, w) = ((2.0 * k / shape.Z) - 1, (2.0 * j / shape.Y) - 1, (2.0 * i / shape.X) - 1);
                    var field = 1 + (BiasStrength * ((bias[0] * u) + (bias[1] * v) + (bias[2] * w) + (bias[3] * v * w)) / 2);
                    var mean = labels[at] switch { Kidney => KidneyMean, Liver => LiverMean, _ => BodyMean };
                    image[at] = (float)Math.Max(1, (mean * field) + (Noise * random.Gaussian()));
                }

        return new Phantom(image, labels, shape, geometry);
    }

    /// <summary>An ellipsoid turned about z, its radius waved smoothly over directions.</summary>
    private sealed class Blob
    {
        private readonly (double Z, double Y, double X) _centre, _axes;
        private readonly double _cosine, _sine, _wave, _phase1, _phase2;

        public Blob((double Z, double Y, double X) centre, (double Z, double Y, double X) axes, double wave, Draws random)
        {
            (_centre, _axes, _wave) = (centre, axes, wave);
            var angle = random.Between(-0.35, 0.35);
            (_cosine, _sine) = (Math.Cos(angle), Math.Sin(angle));
            (_phase1, _phase2) = (random.Between(0, Math.Tau), random.Between(0, Math.Tau));
        }

        public bool Holds((double Z, double Y, double X) point)
        {
            var (z, y, x) = (point.Z - _centre.Z, point.Y - _centre.Y, point.X - _centre.X);
            (y, x) = ((_cosine * y) + (_sine * x), (_cosine * x) - (_sine * y));
            (z, y, x) = (z / _axes.Z, y / _axes.Y, x / _axes.X);
            var radius = Math.Sqrt((z * z) + (y * y) + (x * x));
            if (radius > 1 + (2 * _wave)) return false;
            var around = Math.Atan2(y, x);
            var flat = Math.Sqrt((y * y) + (x * x)) / Math.Max(radius, 1e-9); // the wave dies out at the poles, where directions meet
            return radius <= 1 + (_wave * flat * flat * (Math.Sin((2 * around) + _phase1) + (0.5 * Math.Sin((3 * around) + (2 * z) + _phase2))));
        }
    }

    /// <summary>The random numbers of one case.</summary>
    private sealed class Draws
    {
        private readonly MersenneTwister _twister;

        // The case's own stream: seed and index are mixed (SplitMix64's finaliser), so that neighbours share nothing.
        public Draws(ulong seed, int index)
        {
            var mixed = seed + (0x9e3779b97f4a7c15UL * ((ulong)index + 1));
            mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9UL;
            mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebUL;
            _twister = new MersenneTwister((uint)(mixed ^ (mixed >> 31) ^ (mixed >> 32)));
        }

        public int Below(int count) => _twister.Bounded(count - 1);

        public double Between(double low, double high) => low + ((high - low) * Unit());

        // Twelve uniform numbers less six: bounded, cheap, and free of platform-dependent logarithms.
        public double Gaussian()
        {
            var sum = -6.0;
            for (var i = 0; i < 12; i++) sum += Unit();
            return sum;
        }

        private double Unit() => _twister.NextUInt32() / 4294967296.0;
    }
}
