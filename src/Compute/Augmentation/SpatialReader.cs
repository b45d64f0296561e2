using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// Reads a sample turned and scaled (spec 06 section 5, rows 1 to 3). Most samples are neither, and of those only the centre of the box is read. Holds
/// at most one loaded patch, image and label.
/// </summary>
/// <param name="Settings">Patch, and how far it may be turned.</param>
/// <param name="RotationChance">Of a sample.</param>
/// <param name="ScalingChance">Of a sample, whether it is turned or not.</param>
/// <param name="Scaling">The same on all axes; above one shows more, and smaller.</param>
internal sealed record SpatialReader(AugmentationSettings Settings, double RotationChance, double ScalingChance, Between Scaling)
{
    /// <summary>Reads the sample at <paramref name="box"/>, which has the initial patch size, into network size.</summary>
    public void Read(Philox random, IStoredCase stored, Box box, Sample sample)
    {
        var (rotate, scale) = (random.Bernoulli(RotationChance), random.Bernoulli(ScalingChance));
        if (!rotate && !scale)
        {
            var centre = PatchSampler.Centre(box, Settings.Patch);
            stored.ReadImage(centre, sample.Image);
            stored.ReadLabels(centre, sample.Labels);
            return;
        }

        double Angle(ref Philox r) => rotate ? r.Uniform(-Settings.RotationRange, Settings.RotationRange) : 0;
        var (a, b, c) = (Angle(ref random), Angle(ref random), Angle(ref random));
        var factor = scale ? Scaling.Draw(ref random) : 1;
        var map = Settings.InPlaneOnly ? Affine.Compose(a, 0, 0, 1, factor, factor) : Affine.Compose(a, b, c, factor, factor, factor);
        Resample(stored, box, sample, map);
    }

    private void Resample(IStoredCase stored, Box box, Sample sample, Affine map)
    {
        var from = box.Shape;
        var size = checked((int)from.Voxels);
        using (var loaded = new Scratch<float>(checked(sample.Channels * from.Voxels)))
        {
            stored.ReadImage(box, loaded.Span);
            for (var channel = 0; channel < sample.Channels; channel++)
                SpatialTransform.Image(loaded.Span.Slice(channel * size, size), from, sample.Channel(channel), sample.Shape, map, Settings.InPlaneOnly);
        }

        using var loadedLabels = new Scratch<short>(size);
        stored.ReadLabels(box, loadedLabels.Span);
        SpatialTransform.Labels(loadedLabels.Span, from, sample.Labels, sample.Shape, map, Settings.InPlaneOnly);
    }
}
