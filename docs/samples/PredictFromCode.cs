using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Window;

namespace ActorSeg.Examples;

/// <summary>Prediction from C#, without the command line and without actors. A test compiles and runs all of it.</summary>
public static class PredictFromCode
{
    /// <summary>A file in, a label map out, in the image's own geometry.</summary>
    public static void AFile(string modelFolder, string image, string target)
    {
        using var predictor = Predictor.Open(modelFolder);
        predictor.Predict([image]).Save(target);
    }

    /// <summary>An array in, labels and probabilities out. Axes are the reader's: z, y, x.</summary>
    public static (ushort[] Labels, float[] FirstHead) AnArray(string modelFolder, float[] voxels, VolumeShape shape, Spacing spacing)
    {
        var options = new PredictorOptions { Mirroring = false, StepSize = 0.5, Sums = SumPrecision.Fp32 };
        using var predictor = Predictor.Open(modelFolder, folds: [new Fold(0)], options);
        var segmentation = predictor.Predict(new Volume<float>(1, shape, voxels), spacing, probabilities: true);
        return (segmentation.Labels, segmentation.Probabilities!.Channel(0).ToArray());
    }

    /// <summary>Streams in and out, as a web service has them: one stream a channel.</summary>
    public static void AStream(string modelFolder, Stream image, Stream target)
    {
        using var predictor = Predictor.Open(modelFolder);
        predictor.Predict([image], ending: ".nii.gz").Save(target, ending: ".nii.gz");
    }

    /// <summary>Many cases with one network, each predicted while the next one is read.</summary>
    public static async Task<IReadOnlyList<long>> VolumesOfLabelOne(string modelFolder, IReadOnlyList<string> images, CancellationToken stop)
    {
        using var predictor = Predictor.Open(modelFolder);
        var voxels = new List<long>();
        await foreach (var segmentation in predictor.PredictAll(images.Select(image => (IReadOnlyList<string>)[image]), stop: stop))
            voxels.Add(segmentation.Labels.LongCount(label => label == 1));
        return voxels;
    }

    /// <summary>A whole folder, with nnU-Net's names and side files; what fails is told and the rest goes on.</summary>
    public static IReadOnlyList<string> AFolder(string modelFolder, string images, string target)
    {
        using var predictor = Predictor.Open(modelFolder);
        var failures = new Failures();
        predictor.PredictFolder(images, target, probabilities: true, progress: failures);
        return failures.Told;
    }

    private sealed class Failures : IProgress<(CaseId Case, Exception? Failure)>
    {
        public List<string> Told { get; } = [];

        public void Report((CaseId Case, Exception? Failure) value)
        {
            if (value.Failure is { } failure) Told.Add($"{value.Case}: {failure.Message}");
        }
    }
}
