using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>nnU-Net's DefaultPreprocessor for one case (spec 03 section 1): transpose, crop to non-zero, normalise, resample, sample class locations.</summary>
public static class CasePreprocessor
{
    /// <summary>Preprocesses a case; the input is left as it is.</summary>
    /// <param name="image">As read.</param>
    /// <param name="labels">The reference label map; null for cases to predict.</param>
    /// <param name="plans">Transposition and intensities.</param>
    /// <param name="configuration">Spacing, normalisation, resampling.</param>
    /// <param name="labelSet">Which class locations to sample.</param>
    /// <param name="stop">Looked at between steps and within resampling.</param>
    /// <exception cref="DataException">Image and label map differ in shape, channels do not fit the plans, or a new extent is zero.</exception>
    public static PreprocessedCase Run(CaseImage image, CaseImage? labels, Plans plans, Configuration configuration, LabelSet labelSet, CancellationToken stop)
    {
        if (labels is not null && labels.Data.Shape != image.Data.Shape)
            throw new DataException("label map", $"has the shape {labels.Data.Shape} where its image has {image.Data.Shape}", "give both the same grid");
        if (image.Data.Channels != configuration.NormalizationSchemes.Count)
            throw new DataException("image", $"has {image.Data.Channels} channels where the plans have {configuration.NormalizationSchemes.Count}", "give one file a channel, as in dataset.json");

        var order = plans.TransposeForward;
        var transposed = Transpose(image.Data, order);
        var spacing = image.Spacing.Permute(order);
        var region = NonZeroCrop.Find(transposed);
        stop.ThrowIfCancellationRequested();

        var box = region.Box;
        var cropped = Crop(transposed, box);
        var marks = Marks(labels is null ? null : Transpose(labels.Data, order), region, transposed.Shape);
        for (var c = 0; c < cropped.Channels; c++)
            IntensityNormalization.Apply(
                configuration.NormalizationSchemes[c], cropped.Channel(c), marks.Data, configuration.UseMaskForNorm[c], c < plans.Intensities.Count ? plans.Intensities[c] : null);

        var wanted = TargetSpacing(spacing, configuration);
        var target = Resampler.NewShape(cropped.Shape, spacing, wanted);
        if (target.Voxels == 0) throw new DataException("image", $"of {cropped.Shape} voxels would shrink to {target} at the planned spacing", "plan with a finer target spacing");
        var data = Resampler.Resample(cropped, target, spacing, wanted, configuration.ResampleData, stop);
        var resampledLabels = labels is null ? null : Resampler.ResampleLabels(marks, target, spacing, wanted, configuration.ResampleLabels, stop);
        var locations = resampledLabels is null ? null : ClassLocationSampler.Sample(resampledLabels, labelSet);
        return new PreprocessedCase(data, resampledLabels, new CaseProperties(image.Spacing, image.Geometry, transposed.Shape, box, cropped.Shape, locations));
    }

    /// <summary>
    /// The most bytes <see cref="Run"/> and its input hold at once: the image as read and transposed, the crop with its mask, and the resampled case with one float64
    /// intermediate (per voxel 4 x channels each for three copies, 12 for masks and labels; after resampling 4 x channels + 24).
    /// </summary>
    public static long PeakBytes(VolumeShape rawShape, Spacing rawSpacing, int channels, bool hasLabels, Plans plans, Configuration configuration)
    {
        var shape = rawShape.Permute(plans.TransposeForward);
        var spacing = rawSpacing.Permute(plans.TransposeForward);
        var target = Resampler.NewShape(shape, spacing, TargetSpacing(spacing, configuration));
        // A separable resize passes through extents between the old and the new one.
        var between = Math.Max(shape.Voxels, Math.Max(target.Voxels, Math.Max((long)target.Z * shape.Y * shape.X, (long)target.Z * target.Y * shape.X)));
        return (shape.Voxels * ((12L * channels) + 8 + (hasLabels ? 12 : 0))) + (target.Voxels * ((4L * channels) + (hasLabels ? 6 : 0))) + (16 * between);
    }

    /// <summary>The configuration's spacing; a 2D one leaves the slice axis as it is.</summary>
    public static Spacing TargetSpacing(Spacing transposed, Configuration configuration) =>
        configuration.Spacing.Count == 3 ? Spacing.From(configuration.Spacing) : new Spacing(transposed.Z, configuration.Spacing[0], configuration.Spacing[1]);

    private static Volume<float> Transpose(Volume<float> volume, IReadOnlyList<int> order)
    {
        if (Axes.IsIdentity(order)) return volume;
        var result = new Volume<float>(volume.Channels, volume.Shape.Permute(order));
        for (var c = 0; c < volume.Channels; c++) Axes.Permute<float>(volume.Channel(c), volume.Shape, result.Channel(c), order);
        return result;
    }

    private static Volume<float> Crop(Volume<float> volume, Box box)
    {
        var (shape, size) = (volume.Shape, box.Shape);
        var result = new Volume<float>(volume.Channels, size);
        for (var c = 0; c < volume.Channels; c++)
        {
            var source = volume.Channel(c);
            var channel = result.Channel(c);
            var target = 0;
            for (var z = box.Low.Z; z < box.High.Z; z++)
                for (var y = box.Low.Y; y < box.High.Y; y++, target += size.X)
                    source.Slice((((z * shape.Y) + y) * shape.X) + box.Low.X, size.X).CopyTo(channel[target..]);
        }

        return result;
    }

    // Background outside the non-zero region becomes -1; a labelled voxel keeps its label wherever it lies. Without a label map all is background.
    private static Volume<short> Marks(Volume<float>? labels, NonZeroRegion region, VolumeShape shape)
    {
        var (box, at) = (region.Box, 0);
        var result = new Volume<short>(1, box.Shape);
        for (var z = box.Low.Z; z < box.High.Z; z++)
            for (var y = box.Low.Y; y < box.High.Y; y++)
            {
                var row = ((z * shape.Y) + y) * shape.X;
                for (var x = box.Low.X; x < box.High.X; x++, at++)
                {
                    var label = labels is null ? (short)0 : (short)labels.Data[row + x];
                    result.Data[at] = label == 0 && region.Mask[row + x] == 0 ? (short)-1 : label;
                }
            }

        return result;
    }
}
