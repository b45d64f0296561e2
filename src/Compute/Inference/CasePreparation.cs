using System.Numerics.Tensors;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Inference;

/// <summary>Turns an image into the input of a model's network (spec 07 section 3), and says what is wrong with it before the network would.</summary>
public static class CasePreparation
{
    private const int Block = 1 << 16;

    /// <summary>Reads a case and prepares it.</summary>
    /// <param name="model">What it is prepared for.</param>
    /// <param name="images">One file a channel, or one of all channels.</param>
    /// <param name="previousStage">The label map of the stage before; null where the model needs none.</param>
    /// <param name="stop">Looked at between steps.</param>
    /// <exception cref="DataException">A file cannot be read, or is not what the model takes.</exception>
    public static PreprocessedCase Read(TrainedModel model, IReadOnlyList<string> images, string? previousStage, CancellationToken stop)
    {
        var (image, name) = (model.Reader.ReadImages(images), images[0]);
        var previous = model.IsCascaded && previousStage is not null ? model.Reader.ReadLabels(previousStage) : null;
        if (previous is not null && previous.Data.Shape != image.Data.Shape)
            throw new DataException(previousStage!, $"has the shape {previous.Data.Shape} where its image has {image.Data.Shape}", "predict the stage before from the same images");
        return Prepare(model, image, previous, name, stop, mayOverwrite: true);
    }

    /// <summary>Prepares a case that was read.</summary>
    /// <param name="model">What it is prepared for.</param>
    /// <param name="image">As read: reader axis order.</param>
    /// <param name="previousStage">The label map of the stage before on the same grid; null where the model needs none.</param>
    /// <param name="name">Of the image, for messages.</param>
    /// <param name="stop">Looked at between steps.</param>
    /// <param name="mayOverwrite">Whether the image is not needed any more: its memory is worked in.</param>
    /// <returns>The network's input as its data; the labels of the stage before are channels of it.</returns>
    /// <exception cref="DataException">It is not what the model takes.</exception>
    public static PreprocessedCase Prepare(
        TrainedModel model, CaseImage image, CaseImage? previousStage, string name, CancellationToken stop, bool mayOverwrite = false)
    {
        Check(model, image, name);
        if (model.IsCascaded && previousStage is null)
            throw new DataException(name, $"comes without the labels of '{model.Configuration.PreviousStage}', which '{model.Configuration.Name}' needs", "predict that stage first, and give its folder with -prev_stage_predictions");
        var made = CasePreprocessor.Run(image, model.IsCascaded ? previousStage : null, model.Recipe, stop, mayOverwrite);
        return model.IsCascaded
            ? made with { Data = PreviousStage.Append(made.Data, made.Labels!.Data, [.. model.Dataset.Labels.Foreground]), Labels = null }
            : made;
    }

    /// <summary>The most bytes that reading and preparing a case holds, its result included.</summary>
    /// <exception cref="DataException">The header cannot be read.</exception>
    public static long PeakBytes(TrainedModel model, IReadOnlyList<string> images, out VolumeShape original, out VolumeShape prepared)
    {
        (original, var spacing) = model.Reader.ReadHeader(images[0]);
        prepared = CasePreprocessor.TargetShape(original, spacing, model.Recipe);
        var cascade = model.IsCascaded ? sizeof(float) * prepared.Voxels * model.InputChannels : 0;
        return CasePreprocessor.PeakBytes(original, spacing, model.ImageChannels, hasLabels: model.IsCascaded, model.Recipe) + cascade;
    }

    private static void Check(TrainedModel model, CaseImage image, string name)
    {
        if (image.Data.Channels != model.ImageChannels)
            throw new DataException(
                name, $"has {image.Data.Channels} channel{(image.Data.Channels == 1 ? "" : "s")} where the model was trained on {model.ImageChannels} ({string.Join(", ", model.Dataset.ChannelNames)})",
                "give each channel, _0000 first");
        // A picture has a slice distance that no volume has: resampled to the plan's it would be thousands of slices.
        if (image.Geometry.Spacing.Count == 2 && !model.Configuration.Is2D)
            throw new DataException(name, $"is a picture of two axes where '{model.Configuration.Name}' takes volumes of three", "give volumes, or predict with a 2d configuration");
        CheckFinite(image.Data, name);
    }

    // A single one of them would make the whole case one through the normalisation.
    private static void CheckFinite(Volume<float> image, string name)
    {
        for (var at = 0; at < image.Data.Length; at += Block)
        {
            var part = image.Data.AsSpan(at, Math.Min(Block, image.Data.Length - at));
            if (float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(part))) continue;
            for (var i = 0; i < part.Length; i++)
            {
                if (float.IsFinite(part[i])) continue;
                var voxel = (at + i) % image.Shape.Voxels;
                var (y, x) = (image.Shape.Y, image.Shape.X);
                throw new DataException(
                    name, $"holds a voxel that is no finite number, first in channel {(at + i) / image.Shape.Voxels} at ({voxel / ((long)y * x)}, {voxel / x % y}, {voxel % x}) of (z, y, x)",
                    "replace such voxels, for example by the lowest intensity");
            }
        }
    }
}
