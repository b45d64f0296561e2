using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// nnU-Net's training pipeline up to the mask (spec 06 section 5, rows 1 to 12). Every transform has its own stream of numbers, so that drawing more
/// for one changes nothing in the next. Holds at most one loaded patch, image and label, besides the sample.
/// </summary>
internal sealed class TrainingPipeline(AugmentationSettings settings, IReadOnlyList<bool> maskChannel)
{
    private const double Rotate = 0.2, Scale = 0.2, SmallestScale = 0.7, LargestScale = 1.4;
    private const double NoiseChance = 0.1, LargestSigma = 0.1, BlurChance = 0.2, SmallestBlur = 0.5, LargestBlur = 1;
    private const double BrightnessChance = 0.15, ContrastChance = 0.15, LowResolutionChance = 0.25, SmallestResolution = 0.5;
    private const double InvertedGammaChance = 0.1, GammaChance = 0.3, EachChannel = 0.5;

    private readonly int _voxels = checked((int)settings.Patch.Voxels);

    /// <summary>Reads the patch at <paramref name="box"/> (initial patch size) and leaves it augmented, in network size, in the targets.</summary>
    public void Fill(BatchKey key, int sample, IStoredCase stored, Box box, Span<float> image, Span<short> labels)
    {
        Spatial(new Philox(key, sample, (int)Purpose.Spatial), stored, box, image, labels);

        var random = new Philox(key, sample, (int)Purpose.Noise);
        if (random.Bernoulli(NoiseChance)) Intensity.Noise(image, (float)random.Uniform(0, LargestSigma), ref random);

        random = new Philox(key, sample, (int)Purpose.Blur);
        if (random.Bernoulli(BlurChance)) Blur(ref random, image);

        random = new Philox(key, sample, (int)Purpose.Brightness);
        if (random.Bernoulli(BrightnessChance))
            for (var at = 0; at < image.Length; at += _voxels)
                Intensity.Brightness(image.Slice(at, _voxels), (float)AroundOne(ref random, 0.75, 1.25));

        random = new Philox(key, sample, (int)Purpose.Contrast);
        if (random.Bernoulli(ContrastChance))
            for (var at = 0; at < image.Length; at += _voxels)
                Intensity.Contrast(image.Slice(at, _voxels), (float)AroundOne(ref random, 0.75, 1.25));

        random = new Philox(key, sample, (int)Purpose.LowResolution);
        if (random.Bernoulli(LowResolutionChance)) LowResolution(ref random, image);

        Gamma(new Philox(key, sample, (int)Purpose.GammaInverted), InvertedGammaChance, image, invert: true);
        Gamma(new Philox(key, sample, (int)Purpose.Gamma), GammaChance, image, invert: false);
        Mirror(new Philox(key, sample, (int)Purpose.Mirror), image, labels);
        for (var channel = 0; channel < image.Length / _voxels; channel++)
            if (maskChannel[channel])
                Mask.Apply(image.Slice(channel * _voxels, _voxels), labels);
    }

    // Half the mass below one, whatever the widths (BGContrast, spec 06 section 5).
    private static double AroundOne(ref Philox random, double low, double high) => random.Bernoulli(0.5) ? random.Uniform(low, 1) : random.Uniform(1, high);

    private void Spatial(Philox random, IStoredCase stored, Box box, Span<float> image, Span<short> labels)
    {
        var (rotate, scale) = (random.Bernoulli(Rotate), random.Bernoulli(Scale));
        if (!rotate && !scale)
        {
            // Nothing turns: the centre of the box is read at once, and the rest of it never.
            var centre = PatchSampler.Centre(box, settings.Patch);
            stored.ReadImage(centre, image);
            stored.ReadLabels(centre, labels);
            return;
        }

        double Angle(ref Philox r) => rotate ? r.Uniform(-settings.RotationRange, settings.RotationRange) : 0;
        var (a, b, c) = (Angle(ref random), Angle(ref random), Angle(ref random));
        var factor = scale ? random.Uniform(SmallestScale, LargestScale) : 1;
        var map = settings.InPlaneOnly ? Affine.Compose(a, 0, 0, 1, factor, factor) : Affine.Compose(a, b, c, factor, factor, factor);

        var from = box.Shape;
        var size = checked((int)from.Voxels);
        using (var loaded = new Scratch<float>(checked(stored.Channels * from.Voxels)))
        {
            stored.ReadImage(box, loaded.Span);
            for (var channel = 0; channel < stored.Channels; channel++)
            {
                var target = image.Slice(channel * _voxels, _voxels);
                SpatialTransform.Image(loaded.Span.Slice(channel * size, size), from, target, settings.Patch, map, settings.InPlaneOnly);
            }
        }

        using var loadedLabels = new Scratch<short>(size);
        stored.ReadLabels(box, loadedLabels.Span);
        SpatialTransform.Labels(loadedLabels.Span, from, labels, settings.Patch, map, settings.InPlaneOnly);
    }

    private void Blur(ref Philox random, Span<float> image)
    {
        using var scratch = new Scratch<float>(_voxels);
        Span<double> sigmas = stackalloc double[3];
        for (var at = 0; at < image.Length; at += _voxels)
        {
            if (!random.Bernoulli(EachChannel)) continue;
            foreach (ref var sigma in sigmas) sigma = random.Uniform(SmallestBlur, LargestBlur);
            Smoothing.Blur(image.Slice(at, _voxels), settings.Patch, sigmas, scratch.Span);
        }
    }

    private void LowResolution(ref Philox random, Span<float> image)
    {
        using var scratch = new Scratch<float>(_voxels);
        for (var at = 0; at < image.Length; at += _voxels)
            if (random.Bernoulli(EachChannel))
                Smoothing.LowResolution(image.Slice(at, _voxels), settings.Patch, random.Uniform(SmallestResolution, 1), settings.InPlaneOnly, scratch.Span);
    }

    private void Gamma(Philox random, double chance, Span<float> image, bool invert)
    {
        if (!random.Bernoulli(chance)) return;
        for (var at = 0; at < image.Length; at += _voxels) Intensity.Gamma(image.Slice(at, _voxels), AroundOne(ref random, 0.7, 1.5), invert);
    }

    private void Mirror(Philox random, Span<float> image, Span<short> labels)
    {
        // The two axes of a 2D patch are this library's axes 1 and 2.
        var first = settings.MirrorAxes.Count == 2 ? 1 : 0;
        var axes = 0;
        foreach (var axis in settings.MirrorAxes)
            if (random.Bernoulli(0.5))
                axes |= 1 << (axis + first);
        for (var at = 0; at < image.Length; at += _voxels) Flip.Axes(image.Slice(at, _voxels), settings.Patch, axes);
        Flip.Axes(labels, settings.Patch, axes);
    }
}
