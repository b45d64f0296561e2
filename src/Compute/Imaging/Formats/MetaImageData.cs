using System.Globalization;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Finds the voxels of a MetaImage: behind the header, in a file of their own, or in several.</summary>
internal static class MetaImageData
{
    private const string Advice = "check which data files belong to it";

    /// <summary>Where the voxels lie; nothing of them is opened yet.</summary>
    /// <exception cref="DataException">A file is missing, outside of the header's folder, or their number is not that of the slices.</exception>
    public static VoxelBytes Locate(MetaImageFields fields, IReadOnlyList<int> size, string file)
    {
        var name = fields.Required("ElementDataFile");
        var local = name.Equals("LOCAL", StringComparison.OrdinalIgnoreCase);
        var (pieces, gzip) = local ? ([file], false) : Pieces(fields, name, size, file);
        var encoding = !fields.Flag("BinaryData", otherwise: true) && !gzip ? VoxelEncoding.Text
            : gzip || fields.Flag("CompressedData", otherwise: false) ? VoxelEncoding.Deflate : VoxelEncoding.Raw;
        if (pieces.Count > 1 && encoding == VoxelEncoding.Text)
            throw new DataException(file, "keeps decimal numbers in several data files", "export it with BinaryData = True");

        var skipped = fields.Whole("HeaderSize", 0);
        if (skipped < -1 || (skipped == -1 && encoding != VoxelEncoding.Raw))
            throw new DataException(
                file, $"says HeaderSize {skipped}{(encoding == VoxelEncoding.Raw ? "" : " for voxels that are not raw")}",
                "0 and more are read, and -1 for raw voxels at the end of a file");
        // HeaderSize counts from the start of the file that has the voxels, even where that is this one.
        var start = skipped > 0 ? skipped : local ? fields.End : 0;
        var found = new VoxelBytes(file, pieces, encoding) { Start = start, Skip = Math.Min(skipped, 0) };
        if (encoding == VoxelEncoding.Deflate && pieces.Count == 1) CheckPacked(fields, pieces[0], start, file);
        return found;
    }

    private static void CheckPacked(MetaImageFields fields, string piece, long start, string file)
    {
        var packed = fields.Whole("CompressedDataSize", 0);
        var held = ImageFile.Guard(piece, () => new FileInfo(piece).Length) - start;
        if (packed < 0 || packed > held)
            throw new DataException(
                file, $"says CompressedDataSize {packed}, and {Path.GetFileName(piece)} has {Math.Max(held, 0)} bytes for it",
                "it is damaged or truncated; copy or export it again");
    }

    private static (IReadOnlyList<string> Files, bool Gzip) Pieces(MetaImageFields fields, string name, IReadOnlyList<int> size, string file)
    {
        if (name.StartsWith("LIST", StringComparison.Ordinal))
        {
            var of = name.Length > 4 ? TextHeader.Whole(name[4..], file, "ElementDataFile = LIST") : 0;
            if (of <= 0 || of > size.Count) of = size.Count - 1;
            var wanted = ImagePlace.Product(size.Skip((int)of).Select(extent => (long)extent));
            if (fields.List.Count < wanted || wanted < 0)
                throw new DataException(file, $"lists {fields.List.Count} data files of {of} axes for {string.Join(" x ", size)} voxels", Advice);
            return ([.. fields.List.Take((int)wanted).Select(entry => DataFiles.Locate(file, entry))], false);
        }

        if (DataFiles.IsPattern(name)) return (Numbered(name, size, file), false);
        // A missing data file is looked for as gzip, as MetaIO does.
        if (DataFiles.Find(file, name) is null && DataFiles.Find(file, $"{name}.gz") is { } zipped) return ([zipped], true);
        return ([DataFiles.Locate(file, name)], false);
    }

    // <name with %d> [first [last [step]]]; the name may have spaces where all three numbers are there.
    private static IReadOnlyList<string> Numbered(string name, IReadOnlyList<int> size, string file)
    {
        var words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var numbers = Math.Min(words.Reverse().TakeWhile(word => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)).Count(), 3);
        if (words.Length > 4 && numbers < 3) throw new DataException(file, $"says ElementDataFile {TextHeader.Quote(name)}", "write <name with %d> <first> <last> <step>");
        long[] given = [.. words[^numbers..].Select(word => long.Parse(word, CultureInfo.InvariantCulture))];
        var count = size[^1];
        var first = given.Length > 0 ? given[0] : 1;
        var step = given.Length > 2 ? given[2] : 1;
        if (step == 0) throw new DataException(file, $"says ElementDataFile {TextHeader.Quote(name)}, with a step of 0", "write <name with %d> <first> <last> <step>");
        if (given.Length > 1 && ((given[1] - first) / step) + 1 is var named && named < count)
            throw new DataException(file, $"names {named} data files ({TextHeader.Quote(name)}) for {count} slices", Advice);
        return DataFiles.Numbered(file, string.Join(' ', words[..^numbers]), first, step, count);
    }
}
