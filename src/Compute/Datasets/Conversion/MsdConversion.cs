using System.Globalization;
using System.Numerics;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>
/// Tasks of the Medical Segmentation Decathlon: <c>nnUNetv2_convert_MSD_dataset</c> (spec 01 section 9). 3D images and label maps are copied byte
/// for byte, 4D images split into a file a channel. Holds one 4D image a worker.
/// </summary>
public static class MsdConversion
{
    private const string Ending = ".nii.gz";

    /// <summary>Converts a task folder.</summary>
    /// <param name="input"><c>TaskXX_Name</c>, with <c>imagesTr</c>, <c>labelsTr</c>, <c>imagesTs</c> and <c>dataset.json</c>.</param>
    /// <param name="paths">Roots; raw must be given.</param>
    /// <param name="overwriteId">The new number; null takes the task's.</param>
    /// <param name="run">How it is run.</param>
    /// <exception cref="DataException">The input lacks something, or an image is neither 3D nor 4D.</exception>
    /// <exception cref="UsageException">The folder is not named as a task, or the number is in use.</exception>
    public static ConvertedDataset Convert(string input, DatasetPaths paths, int? overwriteId, ConversionRun run)
    {
        input = Path.GetFullPath(input.TrimEnd('/', '\\'));
        var name = TargetName(Path.GetFileName(input), overwriteId);
        foreach (var folder in new[] { "labelsTr", "imagesTr", "imagesTs" }.Select(part => Path.Combine(input, part)))
            if (!Directory.Exists(folder))
                throw new DataException(folder, "is not there", "a Decathlon task has labelsTr, imagesTr, imagesTs and dataset.json");
        return NewDataset.Create(paths, name, target =>
        {
            var json = OldDatasetJson.Convert(Path.Combine(input, "dataset.json"), ["training", "test"], channelsFirst: false);
            var work = new List<(string Source, string Target, bool IsImage)>();
            foreach (var part in new[] { "labelsTr", "imagesTr", "imagesTs" })
            {
                Directory.CreateDirectory(Path.Combine(target, part));
                work.AddRange(Files(Path.Combine(input, part)).Select(file => (file, Path.Combine(target, part), part != "labelsTr")));
            }

            run.Each(work, item =>
            {
                if (item.IsImage) Image(item.Source, item.Target);
                else FileCopies.Copy(item.Source, Path.Combine(item.Target, Path.GetFileName(item.Source)));
            });
            var (training, test) = (work.Count(w => !w.IsImage), work.Count(w => Path.GetFileName(w.Target) == "imagesTs"));
            return new ConvertedDataset(target, training, test, OldDatasetJson.Save(json, target));
        });
    }

    private static string TargetName(string task, int? overwriteId)
    {
        var parts = task.Split('_');
        var number = 0;
        var formed = parts is [{ Length: > 4 } first, { Length: > 0 }] && first.StartsWith("Task", StringComparison.Ordinal)
            && int.TryParse(first.AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out number);
        return formed ? DatasetNames.Of(overwriteId ?? number, parts[1])
            : throw new UsageException($"'{task}' is not a task of the Decathlon; its folder must be named like Task04_Hippocampus, with one underscore");
    }

    private static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*" + Ending)
        .Where(file => Path.GetFileName(file)[0] is not ('.' or '_')).Order(StringComparer.Ordinal);

    private static void Image(string file, string folder)
    {
        var name = Path.GetFileName(file)[..^Ending.Length];
        using var source = ImageFormats.Open(file);
        var header = source.Header;
        if (header.Axes == 3) FileCopies.Copy(file, Path.Combine(folder, $"{name}_0000{Ending}"));
        else if (header.Axes == 4) Split(source, channel => Path.Combine(folder, $"{name}_{channel:0000}{Ending}"));
        else throw new DataException(file, $"has {header.Axes} axes", "an image of the Decathlon has 3 or 4; convert it by hand or take it out");
    }

    // In the type the values are read as: integers stay integers.
    private static void Split(ImageSource image, Func<int, string> file) => image.Header.Type.With(new Splitting(image, file));

    private sealed class Splitting(ImageSource image, Func<int, string> file) : IVoxelAction
    {
        public void Run<T>() where T : unmanaged, INumber<T>
        {
            var (header, values) = (image.Header, image.ReadArray<T>());
            var shape = new VolumeShape(header.Size[2], header.Size[1], header.Size[0]);
            var channel = checked((int)shape.Voxels);
            for (var i = 0; i < header.Size[3]; i++)
                ImageFormats.Write<T>(file(i), values.AsSpan(i * channel, channel), ImageHeader.Scalar(header.Type, shape, header.Geometry));
        }
    }
}
