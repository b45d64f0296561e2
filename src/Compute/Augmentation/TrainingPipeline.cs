using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Augmentation;

/// <summary>What a stream of random numbers is for; the number is part of the stream's name, so it never changes.</summary>
internal enum Purpose
{
    Case = 0,
    Box = 1,
    Spatial = 2,
    Noise = 3,
    Brightness = 5,
    Contrast = 6,
    GammaInverted = 8,
    Gamma = 9,
    Mirror = 10,
}

/// <summary>
/// nnU-Net's training pipeline (spec 06 section 5): spatial, noise, brightness, contrast, both gammas, mirror, mask. Blur and simulated low resolution are not in it yet.
/// </summary>
internal sealed class TrainingPipeline(AugmentationSettings settings, IReadOnlyList<bool> maskChannel)
{
    private const double Rotate = 0.2, Scale = 0.2, SmallestScale = 0.7, LargestScale = 1.4;
    private const double NoiseChance = 0.1, LargestSigma = 0.1, BrightnessChance = 0.15, ContrastChance = 0.15, InvertedGammaChance = 0.1, GammaChance = 0.3;

    /// <summary>Reads the patch at <paramref name="box"/> (initial patch size) and leaves it augmented, in network size, in the targets.</summary>
    public void Fill(BatchKey key, int sample, IStoredCase stored, Box box, Span<float> image, Span<short> labels)
    {
        Spatial(new Philox(key, sample, (int)Purpose.Spatial), stored, box, image, labels);
        var voxels = (int)settings.Patch.Voxels;

        var random = new Philox(key, sample, (int)Purpose.Noise);
        if (random.Bernoulli(NoiseChance)) Intensity.Noise(image, (float)random.Uniform(0, LargestSigma), ref random);

        random = new Philox(key, sample, (int)Purpose.Brightness);
        if (random.Bernoulli(BrightnessChance))
            for (var c = 0; c < stored.Channels; c++)
                Intensity.Brightness(image.Slice(c * voxels, voxels), (float)AroundOne(ref random, 0.75, 1.25));

        random = new Philox(key, sample, (int)Purpose.Contrast);
        if (random.Bernoulli(ContrastChance))
            for (var c = 0; c < stored.Channels; c++)
                Intensity.Contrast(image.Slice(c * voxels, voxels), (float)AroundOne(ref random, 0.75, 1.25));

        foreach (var (purpose, chance, invert) in ((Purpose, double, bool)[])[(Purpose.GammaInverted, InvertedGammaChance, true), (Purpose.Gamma, GammaChance, false)])
        {
            random = new Philox(key, sample, (int)purpose);
            if (random.Bernoulli(chance))
                for (var c = 0; c < stored.Channels; c++)
                    Intensity.Gamma(image.Slice(c * voxels, voxels), AroundOne(ref random, 0.7, 1.5), invert);
        }

        Mirror(new Philox(key, sample, (int)Purpose.Mirror), image, labels, voxels);
        Mask(image, labels, voxels);
    }

    // Half the mass below one, whatever the widths (BGContrast, spec 06 section 5).
    private static double AroundOne(ref Philox random, double low, double high) => random.Bernoulli(0.5) ? random.Uniform(low, 1) : random.Uniform(1, high);

    private void Spatial(Philox random, IStoredCase stored, Box box, Span<float> image, Span<short> labels)
    {
        var (rotate, scale) = (random.Bernoulli(Rotate), random.Bernoulli(Scale));
        if (!rotate && !scale)
        {
            // Nothing turns: the centre of the box is read at once, and the rest of it never.
            var start = Centre(box);
            var centre = new Box(start, new VolumeShape(start.Z + settings.Patch.Z, start.Y + settings.Patch.Y, start.X + settings.Patch.X));
            stored.ReadImage(centre, image);
            stored.ReadLabels(centre, labels);
            return;
        }

        double Angle(ref Philox r) => rotate ? r.Uniform(-settings.RotationRange, settings.RotationRange) : 0;
        var (a, b, c) = (Angle(ref random), Angle(ref random), Angle(ref random));
        var factor = scale ? random.Uniform(SmallestScale, LargestScale) : 1;
        var map = settings.InPlaneOnly ? Affine.Compose(a, 0, 0, 1, factor, factor) : Affine.Compose(a, b, c, factor, factor, factor);

        var from = box.Shape;
        var source = new float[stored.Channels * from.Voxels];
        stored.ReadImage(box, source);
        var (size, voxels) = ((int)from.Voxels, (int)settings.Patch.Voxels);
        for (var channel = 0; channel < stored.Channels; channel++)
            SpatialTransform.Image(source.AsSpan(channel * size, size), from, image.Slice(channel * voxels, voxels), settings.Patch, map);
        var sourceLabels = new short[from.Voxels];
        stored.ReadLabels(box, sourceLabels);
        SpatialTransform.Labels(sourceLabels, from, labels, settings.Patch, map, settings.InPlaneOnly);
    }

    private VolumeShape Centre(Box box)
    {
        var loaded = box.Shape;
        return new VolumeShape(
            box.Low.Z + (loaded.Z / 2) - (settings.Patch.Z / 2), box.Low.Y + (loaded.Y / 2) - (settings.Patch.Y / 2), box.Low.X + (loaded.X / 2) - (settings.Patch.X / 2));
    }

    private void Mirror(Philox random, Span<float> image, Span<short> labels, int voxels)
    {
        var first = settings.MirrorAxes.Count == 2 ? 1 : 0;
        var axes = 0;
        foreach (var axis in settings.MirrorAxes)
            if (random.Bernoulli(0.5))
                axes |= 1 << (axis + first);
        if (axes == 0) return;
        for (var at = 0; at < image.Length; at += voxels) Flip.Axes(image.Slice(at, voxels), settings.Patch, axes);
        Flip.Axes(labels, settings.Patch, axes);
    }

    private void Mask(Span<float> image, ReadOnlySpan<short> labels, int voxels)
    {
        for (var channel = 0; channel < image.Length / voxels; channel++)
        {
            if (channel >= maskChannel.Count || !maskChannel[channel]) continue;
            var values = image.Slice(channel * voxels, voxels);
            for (var i = 0; i < voxels; i++)
                if (labels[i] < 0)
                    values[i] = 0;
        }
    }
}
