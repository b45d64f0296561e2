using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorSeg.Compute;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Folders as they are after prediction, made up: two models of two folds with probabilities, references, plans.</summary>
internal sealed class AfterPrediction : IDisposable
{
    public const string Dataset = "Dataset905_Made", Trainer = "nnUNetTrainer__nnUNetPlans__";
    private static readonly VolumeShape Shape = new(4, 6, 8);
    private static readonly SimpleItkReaderWriter Io = new();
    private static readonly ImageGeometry Place = new([1, 2, 3], [4, 5, 6], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    private readonly TemporaryFolder _folder = new();

    public AfterPrediction()
    {
        foreach (var reference in (string[])[References, File("raw", Dataset, "labelsTr")]) Directory.CreateDirectory(reference);
        System.IO.File.Copy(TestPaths.Golden("k_eval", "pp_pred", "plans.json"), Made("preprocessed", Dataset, "nnUNetPlans.json"));
        foreach (var (model, noise) in ((string, int)[])[("2d", 3), ("3d_fullres", 5)])
        {
            Describe(Model(model));
            for (var n = 0; n < 4; n++) Predict(Path.Combine(Model(model), $"fold_{n % 2}", "validation"), $"case_{n}", seed: (10 * noise) + n, noise);
        }

        for (var n = 0; n < 4; n++)
            foreach (var reference in (string[])[References, File("raw", Dataset, "labelsTr")])
                Io.WriteLabels(Path.Combine(reference, $"case_{n}.nii.gz"), Truth(n), Shape, Place);
    }

    public string References => Directory.CreateDirectory(File("preprocessed", Dataset, "gt_segmentations")).FullName;

    public string[] Roots => ["--raw", File("raw"), "--preprocessed", File("preprocessed"), "--results", File("results")];

    public string File(params string[] parts) => _folder.File(parts);

    public string Model(string configuration) => File("results", Dataset, Trainer + configuration);

    /// <summary>A folder of predictions of all cases, with probabilities.</summary>
    public string Predictions(string name, int noise)
    {
        Describe(File(name));
        for (var n = 0; n < 4; n++) Predict(File(name), $"case_{n}", seed: (100 * noise) + n, noise);
        return File(name);
    }

    public static ushort[] Labels(string file) => LabelMap.Read(Io, file).Labels;

    public static void Rewrite(string file, VolumeShape shape, ImageGeometry? place = null) => Io.WriteLabels(file, new ushort[shape.Voxels], shape, place ?? Place);

    public static void Respace(string file) => Io.WriteLabels(file, Labels(file), Shape, Place with { Spacing = [1, 2, 3.5] });

    public void Dispose() => _folder.Dispose();

    private string Made(params string[] parts)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(parts))!);
        return File(parts);
    }

    private static void Describe(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["plans.json", "dataset.json"]) System.IO.File.Copy(TestPaths.Golden("k_eval", "pp_pred", name), Path.Combine(folder, name));
    }

    // Two boxes; where they are depends on the case.
    private static ushort[] Truth(int n)
    {
        var labels = new ushort[Shape.Voxels];
        for (var z = 1; z < 3; z++)
            for (var y = 1; y < 4; y++)
            {
                labels.AsSpan((((z * Shape.Y) + y) * Shape.X) + 1 + (n % 2), 2).Fill(1);
                labels.AsSpan((((z * Shape.Y) + y) * Shape.X) + 4 + (n % 2), 2).Fill(2);
            }

        return labels;
    }

    private static void Predict(string folder, string id, int seed, int noise)
    {
        Directory.CreateDirectory(folder);
        var (random, labels, voxels) = (new Random(seed), Truth(id[^1] - '0'), (int)Shape.Voxels);
        for (var i = 0; i < noise; i++) labels[random.Next(voxels)] = (ushort)random.Next(3);
        var probabilities = new float[3 * voxels];
        for (var i = 0; i < voxels; i++)
        {
            var sure = 0.5f + (random.NextSingle() / 2);
            for (var head = 0; head < 3; head++) probabilities[(head * voxels) + i] = head == labels[i] ? sure : (1 - sure) / 2;
        }

        Io.WriteLabels(Path.Combine(folder, $"{id}.nii.gz"), labels, Shape, Place);
        using var zip = new ZipArchive(System.IO.File.Create(Path.Combine(folder, $"{id}.npz")), ZipArchiveMode.Create);
        using var member = zip.CreateEntry("probabilities.npy").Open();
        member.Write(NpyHeader.Make("<f4", 3, Shape.Z, Shape.Y, Shape.X));
        member.Write(MemoryMarshal.AsBytes(probabilities.AsSpan()));
    }
}
