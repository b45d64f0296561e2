using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>
/// From a BIDS data set with label maps among its derivatives to a raw data set: sessions with a label map train, those without go to <c>imagesTs</c>.
/// Files are copied byte for byte, <c>.nii</c> is compressed. nnU-Net has no such converter.
/// </summary>
public static class BidsConversion
{
    private const string Ending = ".nii.gz";

    private static readonly IImageReaderWriter Reader = new SimpleItkReaderWriter();

    /// <summary>Converts.</summary>
    /// <param name="source">What is wanted of the BIDS folder.</param>
    /// <param name="paths">Roots; raw must be given.</param>
    /// <param name="name">The new full name, <c>DatasetXXX_Name</c>.</param>
    /// <param name="naming">What the labels are called.</param>
    /// <param name="run">How it is run.</param>
    /// <exception cref="DataException">The folder is not laid out as BIDS, no session has a label map, or the labels break a rule.</exception>
    /// <exception cref="UsageException">The name is not well formed, or it or its number is in use; no suffix is given.</exception>
    public static ConvertedDataset Convert(BidsSource source, DatasetPaths paths, string name, BidsNaming naming, ConversionRun run)
    {
        if (source.Suffixes.Count == 0) throw new UsageException("name at least one image suffix, such as T1w");
        var (cases, left) = BidsScan.Of(source);
        var training = cases.Where(c => c.Label is not null).ToArray();
        var labelFolder = source.LabelFolder();
        if (training.Length == 0)
        {
            var others = left.Count > 0 ? $"; {string.Join("; ", left.Take(3))}" : "";
            throw new DataException(
                labelFolder, $"holds no label map that ends in {string.Join(" or ", source.LabelSuffixes.Select(s => "_" + s))} for any session{others}",
                "check --derivatives, --label-suffix and --suffix");
        }

        // What the user says counts before a table that lies there.
        var named = naming.Named is not null ? BidsLabels.WithBackground(naming.Named)
            : BidsLabels.FromTable(labelFolder) ?? BidsLabels.FromMaps(training.Select(c => c.Label!), Reader, run.Stop);
        var (numbered, numbering) = naming.Renumber ? LabelNumbering.Of(named) : (named, null);
        var description = new DatasetDescription
        {
            ChannelNames = source.Suffixes,
            Labels = numbered,
            RegionsClassOrder = naming.ClassOrder is { } order && numbering is not null ? numbering.Of(order) : naming.ClassOrder,
            FileEnding = Ending,
            Name = name,
            Description = $"Converted from the BIDS data set {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source.Folder)))}, "
                + $"labels of derivatives/{Path.GetFileName(labelFolder)}.",
        };
        return NewDataset.Create(paths, name, target =>
        {
            // Before anything is copied: labels that break a rule are told of at once.
            var json = DatasetJsonWriter.Create(description, training.Length, labelFolder);
            foreach (var part in new[] { "imagesTr", "labelsTr", "imagesTs" }) Directory.CreateDirectory(Path.Combine(target, part));
            run.Each([.. cases.SelectMany(c => Copies(c, target))], copy =>
            {
                if (copy.IsLabel && numbering is not null) numbering.Rewrite(copy.Source, copy.Target, Reader);
                else Copy(copy.Source, copy.Target);
            });
            json.Save(Path.Combine(target, "dataset.json"));
            return new ConvertedDataset(target, training.Length, cases.Count - training.Length, left);
        });
    }

    private static IEnumerable<(string Source, string Target, bool IsLabel)> Copies(BidsCase c, string folder)
    {
        var images = Path.Combine(folder, c.Label is null ? "imagesTs" : "imagesTr");
        foreach (var (image, channel) in c.Images.Select((image, channel) => (image, channel)))
            yield return (image, Path.Combine(images, FormattableString.Invariant($"{c.Id}_{channel:0000}{Ending}")), false);
        if (c.Label is not null) yield return (c.Label, Path.Combine(folder, "labelsTr", c.Id.Value + Ending), true);
    }

    private static void Copy(string source, string target)
    {
        if (BidsScan.EndingOf(source) == Ending) FileCopies.Copy(source, target);
        else FileCopies.Zip(source, target);
    }
}
