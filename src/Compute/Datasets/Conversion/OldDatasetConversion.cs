namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>Raw data sets of nnU-Net v1: <c>nnUNetv2_convert_old_nnUNet_dataset</c> (spec 01 section 10). Trees are copied byte for byte.</summary>
public static class OldDatasetConversion
{
    private static readonly string[] Needed = ["imagesTr", "labelsTr"], Optional = ["imagesTs", "labelsTs", "imagesVal", "labelsVal"];

    /// <summary>Converts a task folder.</summary>
    /// <param name="input">Such as <c>nnUNet_raw_data/Task004_Hippocampus</c>.</param>
    /// <param name="paths">Roots; raw must be given.</param>
    /// <param name="name">The new full name, <c>DatasetXXX_Name</c>.</param>
    /// <param name="run">How it is run.</param>
    /// <exception cref="DataException">The input lacks something.</exception>
    /// <exception cref="UsageException">The name is not well formed, or it or its number is in use.</exception>
    public static ConvertedDataset Convert(string input, DatasetPaths paths, string name, ConversionRun run)
    {
        foreach (var folder in Needed.Select(part => Path.Combine(input, part)))
            if (!Directory.Exists(folder)) throw new DataException(folder, "is not there", "a data set of nnU-Net v1 has imagesTr and labelsTr");
        return NewDataset.Create(paths, name, target =>
        {
            var json = OldDatasetJson.Convert(Path.Combine(input, "dataset.json"), ["tensorImageSize", "numTest", "training", "test"], channelsFirst: true);
            var parts = Needed.Concat(Optional).Where(part => Directory.Exists(Path.Combine(input, part))).ToArray();
            var files = parts.SelectMany(part => FileCopies.Tree(Path.Combine(input, part)).Select(file => Path.Combine(part, file))).ToArray();
            var folders = files.Select(file => Path.GetDirectoryName(file)!).Concat(parts).Distinct();
            foreach (var folder in folders) Directory.CreateDirectory(Path.Combine(target, folder));
            run.Each(files, file => FileCopies.Copy(Path.Combine(input, file), Path.Combine(target, file)));
            return new ConvertedDataset(target, Count("labelsTr", ".nii.gz"), Count("imagesTs", "_0000.nii.gz"), OldDatasetJson.Save(json, target));

            // Label maps are one a case; of test images the first channels are.
            int Count(string part, string ending) =>
                files.Count(file => Path.GetDirectoryName(file) == part && file.EndsWith(ending, StringComparison.Ordinal));
        });
    }
}
