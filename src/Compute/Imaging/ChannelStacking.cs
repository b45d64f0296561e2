namespace ActorSeg.Compute.Imaging;

/// <summary>The channel files of a case, brought together.</summary>
internal static class ChannelStacking
{
    /// <summary>Reads each file and stacks their channels in order; the geometry is the first file's.</summary>
    /// <exception cref="DataException">A file cannot be read, or its shape or spacing differs from the first one's.</exception>
    public static CaseImage Stack(IReadOnlyList<string> files, Func<string, CaseImage> read)
    {
        if (files.Count == 0) throw new ArgumentException("a case has at least one image", nameof(files));
        var images = new List<CaseImage>(files.Count);
        foreach (var file in files)
        {
            images.Add(read(file));
            CheckAgainstFirst(images[0], images[^1], files[0], file);
        }

        if (images.Count == 1) return images[0];
        var stacked = new Volume<float>(images.Sum(image => image.Data.Channels), images[0].Data.Shape);
        var at = 0;
        foreach (var data in images.Select(image => image.Data.Data))
        {
            data.CopyTo(stacked.Data, at);
            at += data.Length;
        }

        return images[0] with { Data = stacked };
    }

    private static void CheckAgainstFirst(CaseImage first, CaseImage other, string firstFile, string file)
    {
        const string Advice = "resample the channels of a case onto one grid";
        if (other.Data.Shape != first.Data.Shape)
            throw new DataException(file, $"measures {other.Data.Shape} voxels, but {Path.GetFileName(firstFile)} {first.Data.Shape}", Advice);
        if (!GeometryComparison.Close(first.Spacing.ToArray(), other.Spacing.ToArray()))
            throw new DataException(file, $"has a spacing of {Text(other.Spacing)} mm, but {Path.GetFileName(firstFile)} {Text(first.Spacing)}", Advice);
    }

    private static string Text(Spacing spacing) =>
        string.Join(" x ", spacing.ToArray().Select(s => s.ToString("G6", System.Globalization.CultureInfo.InvariantCulture)));
}
