namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>Finds the voxels of a NRRD image: behind the header, in a file of their own, or in several.</summary>
internal static class NrrdData
{
    private const string Damaged = "its header is damaged; export the image again";

    /// <summary>Where the voxels lie; nothing of them is opened yet.</summary>
    /// <exception cref="DataException">A file is missing, outside of the header's folder, or their number is not that of the slices.</exception>
    public static VoxelBytes Locate(NrrdFields fields, NrrdLayout layout, string file)
    {
        var lines = fields["lineskip"] is { } text ? TextHeader.Whole(text, file, "line skip") : 0;
        var skip = fields["byteskip"] is { } bytes ? TextHeader.Whole(bytes, file, "byte skip") : 0;
        if (lines < 0) throw new DataException(file, $"says line skip {lines}", Damaged);
        if (skip < -1 || (skip < 0 && layout.Encoding is VoxelEncoding.Hex or VoxelEncoding.Text))
            throw new DataException(
                file, $"says byte skip {skip} for encoding {fields["encoding"]}", "0 and more are read, and -1 for voxels at the end of a raw or compressed file");
        if (fields["datafile"] is not null)
        {
            var pieces = Pieces(fields, layout, file);
            if (pieces.Count > 1 && layout.Encoding == VoxelEncoding.Text)
                throw new DataException(file, "keeps decimal numbers in several data files", "export it as raw or gzip");
            return new VoxelBytes(file, pieces, layout.Encoding) { Lines = lines, Skip = skip };
        }

        if (!fields.Closed) throw new DataException(file, "ends with its header: it has neither voxels nor a 'data file'", "it is truncated; copy or export it again");
        return new VoxelBytes(file, [file], layout.Encoding) { Start = fields.End, Lines = lines, Skip = skip };
    }

    private static IReadOnlyList<string> Pieces(NrrdFields fields, NrrdLayout layout, string file)
    {
        var name = fields["datafile"]!;
        if (fields.List.Count > 0 || name == "LIST")
        {
            var of = name.Length > 4 ? TextHeader.Whole(name[4..], file, "data file: LIST") : layout.Sizes.Count - 1;
            CheckCount(layout, fields.List.Count, of, file);
            return [.. fields.List.Select(entry => DataFiles.Locate(file, entry))];
        }

        if (!DataFiles.IsPattern(name)) return [DataFiles.Locate(file, name)];
        var words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (4 or 5))
            throw new DataException(file, $"says data file {TextHeader.Quote(name)}, which does not name numbered files", "write <name with %d> <first> <last> <step>");
        var numbers = words.Skip(1).Select(word => TextHeader.Whole(word, file, "data file")).ToArray();
        var (first, last, step) = (numbers[0], numbers[1], numbers[2]);
        if (numbers.Any(n => n is < int.MinValue or > int.MaxValue) || step == 0 || (last - first) * step < 0)
            throw new DataException(file, $"says data file {TextHeader.Quote(name)}, whose numbers lead nowhere", "write <name with %d> <first> <last> <step>");
        var count = ((last - first) / step) + 1;
        CheckCount(layout, count, numbers.Length > 3 ? numbers[3] : layout.Sizes.Count - 1, file);
        return DataFiles.Numbered(file, words[0], first, step, count);
    }

    // Files of fewer axes than the array are one for each of its slices; files of as many cut its last axis into equal parts.
    private static void CheckCount(NrrdLayout layout, long count, long axes, string file)
    {
        if (axes < 1 || axes > layout.Sizes.Count) throw new DataException(file, $"keeps arrays of {axes} axes in its data files, and has {layout.Sizes.Count}", Damaged);
        var wanted = ImagePlace.Product(layout.Sizes.Skip((int)axes).Select(size => (long)size));
        var fits = axes < layout.Sizes.Count ? count == wanted : count > 0 && layout.Sizes[^1] % count == 0;
        if (!fits) throw new DataException(file, $"names {count} data files for {layout}", "name one for each slice");
    }
}
