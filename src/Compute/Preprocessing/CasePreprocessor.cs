using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Preprocessing;

/// <summary>nnU-Net's DefaultPreprocessor for one case (spec 03 section 1): transpose, crop to non-zero, normalise, resample, sample class locations.</summary>
public static class CasePreprocessor
{
    /// <summary>Preprocesses a case.</summary>
    /// <param name="image">As read.</param>
    /// <param name="labels">
    /// The reference label map, or the label map of the stage before for the second stage of a cascade; null for other cases to predict.
    /// </param>
    /// <param name="recipe">What is done.</param>
    /// <param name="stop">Looked at between steps and within resampling.</param>
    /// <param name="mayOverwrite">Whether the input is not needed any more: its memory is worked in, which saves a copy.</param>
    /// <exception cref="DataException">Image and label map differ in shape, channels do not fit the plans, or a new extent is zero.</exception>
    public static PreprocessedCase Run(CaseImage image, CaseImage? labels, CaseRecipe recipe, CancellationToken stop, bool mayOverwrite = false)
    {
        var (plans, configuration, steps) = (recipe.Plans, recipe.Configuration, recipe.Steps);
        Check(image, labels, configuration);
        var order = plans.TransposeForward;
        var isOwn = mayOverwrite || !Axes.IsIdentity(order);
        var transposed = Transpose(image.Data, order);
        var reference = labels is null ? null : Transpose(labels.Data, order);
        if (steps.GetType() != typeof(DefaultPreprocessor))
        {
            if (!isOwn) (transposed, reference, isOwn) = (Copy(transposed), reference is null ? null : Copy(reference), true);
            steps.Prepare(transposed, reference, configuration);
        }

        var spacing = image.Spacing.Permute(order);
        var region = NonZeroCrop.Find(transposed);
        stop.ThrowIfCancellationRequested();

        var (box, whole) = (region.Box, transposed.Shape);
        var marks = Marks(reference, region, whole);
        var cropped = isOwn && box == Box.Whole(whole) ? transposed : Crop(transposed, box);
        for (var c = 0; c < cropped.Channels; c++) steps.Normalize(c, cropped.Channel(c), marks.Data, plans, configuration);

        var wanted = TargetSpacing(spacing, configuration);
        var target = Resampler.NewShape(cropped.Shape, spacing, wanted);
        if (target.Voxels == 0) throw new DataException("image", $"of {cropped.Shape} voxels would shrink to {target} at the planned spacing", "plan with a finer target spacing");
        var data = Resampler.Resample(cropped, target, spacing, wanted, configuration.ResampleData, stop);
        var resampledLabels = labels is null ? null : Resampler.ResampleLabels(marks, target, spacing, wanted, configuration.ResampleLabels, stop);
        var locations = resampledLabels is null ? null : ClassLocationSampler.Sample(resampledLabels, recipe.Labels);
        if (resampledLabels is not null) steps.ModifyLabels(resampledLabels, configuration);
        return new PreprocessedCase(data, resampledLabels, new CaseProperties(image.Spacing, image.Geometry, whole, box, cropped.Shape, locations));
    }

    /// <summary>
    /// The most bytes that reading a case and <see cref="Run"/> hold at once. A voxel of the raw image takes 4 bytes a channel as read (4 more while several
    /// files are stacked) and 4 for its label; transposed the same again; 4 a channel for the crop and 3 for mask and marks. A voxel of the result takes 4 a
    /// channel, 2 for the label and up to 8 while class locations are drawn. Between two axes there are intermediates of 8 bytes for one channel (<see cref="ResamplingMemory"/>).
    /// </summary>
    /// <param name="rawShape">As in the header.</param>
    /// <param name="rawSpacing">As in the header.</param>
    /// <param name="channels">Of the image.</param>
    /// <param name="hasLabels">Whether there is a label map.</param>
    /// <param name="recipe">What is done.</param>
    public static long PeakBytes(VolumeShape rawShape, Spacing rawSpacing, int channels, bool hasLabels, CaseRecipe recipe)
    {
        var order = recipe.Plans.TransposeForward;
        var (shape, target) = (rawShape.Permute(order), TargetShape(rawShape, rawSpacing, recipe));
        var read = shape.Voxels * ((4L * channels) + (hasLabels ? 4 : 0));
        var turned = Axes.IsIdentity(order) ? 0 : read;
        // Where the crop is the whole image its own memory serves; that cannot be known before it is read, so the crop is counted where it may be smaller.
        var cropped = shape.Voxels * ((4L * channels) + 3);
        var result = shape == target ? target.Voxels * (hasLabels ? 8 : 0) : target.Voxels * ((4L * channels) + (hasLabels ? 10 : 0));
        var between = ResamplingMemory.Bytes(shape, target, recipe.Configuration.ResampleData, recipe.Configuration.ResampleLabels);
        var stacking = shape.Voxels * (channels > 1 ? 4 : 0);
        return Math.Max(read + stacking, read + turned + cropped + result + between) + recipe.Steps.ExtraBytes(shape, channels);
    }

    /// <summary>The extent a case is resampled to if nothing of it is cropped: the largest it can be.</summary>
    public static VolumeShape TargetShape(VolumeShape rawShape, Spacing rawSpacing, CaseRecipe recipe)
    {
        var spacing = rawSpacing.Permute(recipe.Plans.TransposeForward);
        return Resampler.NewShape(rawShape.Permute(recipe.Plans.TransposeForward), spacing, TargetSpacing(spacing, recipe.Configuration));
    }

    /// <summary>The configuration's spacing; a 2D one leaves the slice axis as it is.</summary>
    public static Spacing TargetSpacing(Spacing transposed, Configuration configuration) =>
        configuration.Spacing.Count == 3 ? Spacing.From(configuration.Spacing) : new Spacing(transposed.Z, configuration.Spacing[0], configuration.Spacing[1]);

    private static void Check(CaseImage image, CaseImage? labels, Configuration configuration)
    {
        if (labels is not null && labels.Data.Shape != image.Data.Shape)
            throw new DataException("label map", $"has the shape {labels.Data.Shape} where its image has {image.Data.Shape}", "give both the same grid");
        if (image.Data.Channels != configuration.NormalizationSchemes.Count)
            throw new DataException("image", $"has {image.Data.Channels} channels where the plans have {configuration.NormalizationSchemes.Count}", "give one file a channel, as in dataset.json");
    }

    private static Volume<float> Copy(Volume<float> volume) => new(volume.Channels, volume.Shape, (float[])volume.Data.Clone());

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
                var row = (((z * shape.Y) + y) * shape.X) + box.Low.X;
                var line = result.Data.AsSpan(at, box.Shape.X);
                var mask = region.Mask.AsSpan(row, line.Length);
                at += line.Length;
                // The mask is 1 inside and 0 outside: less one it is the mark of background.
                for (var x = 0; x < line.Length; x++) line[x] = (short)(mask[x] - 1);
                if (labels is null) continue;
                var values = labels.Data.AsSpan(row, line.Length);
                for (var x = 0; x < line.Length; x++)
                    if (values[x] != 0)
                        line[x] = (short)values[x];
            }

        return result;
    }
}
