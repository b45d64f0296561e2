using System.Globalization;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Files;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets;

/// <summary>
/// A made-up data set in nnU-Net's raw format: two smooth organs in a body, noise and a bias field, slices farther apart than pixels. A small
/// 3D U-Net learns it in about a minute; every voxel follows from the seed.
/// </summary>
public static class PhantomDataset
{
    private const string Ending = ".nii.gz";

    /// <summary>Writes <c>imagesTr</c>, <c>labelsTr</c>, <c>imagesTs</c>, <c>labelsTs</c> and last <c>dataset.json</c>.</summary>
    /// <param name="rawRoot"><c>nnUNet_raw</c>; made where it is missing.</param>
    /// <param name="dataset"><c>DatasetXXX_Name</c>.</param>
    /// <param name="trainingCases">At least 1.</param>
    /// <param name="testCases">Numbered on from the training cases; 0 writes none.</param>
    /// <param name="seed">Case k depends on this and k alone.</param>
    /// <exception cref="UsageException">A number or the name is not possible.</exception>
    /// <exception cref="DataException">The data set's folder already holds something.</exception>
    public static void Create(string rawRoot, string dataset, int trainingCases, int testCases, ulong seed)
    {
        if (trainingCases < 1 || testCases < 0)
            throw new UsageException($"{trainingCases} training and {testCases} test cases are not possible; give at least 1 and 0");
        if (!dataset.StartsWith("Dataset", StringComparison.Ordinal) || dataset.AsSpan().ContainsAny('/', '\\'))
            throw new UsageException($"'{dataset}' is not a data set's name; it must be like Dataset900_Phantom");
        var folder = Path.Combine(rawRoot, dataset);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new DataException(folder, "is not empty", "give another name, or remove it first");

        var writer = new SimpleItkReaderWriter();
        foreach (var part in new[] { "imagesTr", "labelsTr", "imagesTs", "labelsTs" }) Directory.CreateDirectory(Path.Combine(folder, part));
        for (var i = 0; i < trainingCases + testCases; i++)
        {
            var phantom = Phantom.Make(seed, i);
            var (suffix, name) = (i < trainingCases ? "Tr" : "Ts", $"phantom_{i.ToString("000", CultureInfo.InvariantCulture)}");
            writer.WriteImage(Path.Combine(folder, "images" + suffix, $"{name}_0000{Ending}"), phantom.Image, phantom.Shape, phantom.Geometry);
            writer.WriteLabels(Path.Combine(folder, "labels" + suffix, name + Ending), phantom.Labels, phantom.Shape, phantom.Geometry);
        }

        // Last, so that a folder with a dataset.json is whole.
        var json = new JsonObject
        {
            ["channel_names"] = new JsonObject { ["0"] = "MRI" },
            ["labels"] = new JsonObject { ["background"] = 0, ["liver"] = Phantom.Liver, ["kidney"] = Phantom.Kidney },
            ["numTraining"] = trainingCases,
            ["file_ending"] = Ending,
            ["name"] = dataset,
            ["description"] = $"Made-up volumes, seed {seed.ToString(CultureInfo.InvariantCulture)}. Not medical data.",
        };
        DurableFile.WriteText(Path.Combine(folder, "dataset.json"), NnUnetJson.Write(json, sortKeys: false));
    }
}
