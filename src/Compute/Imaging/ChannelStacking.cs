
namespace ActorSeg.Compute.Imaging;

/// <summary>The channel files of a case, brought together.</summary>
internal static class ChannelStacking
{
    /// <summary>Reads each file and stacks their channels in order; the geometry is the first file's.</summary>
    /// <exception cref="DataException">A file cannot be read, or its shape or spacing differs from the first one's.</exception>
    public static CaseImage Stack(IReadOnlyList<string> files, Func<string, CaseImage> read)
    {
        if (files.Count == 0) throw new ArgumentException("a case has at least one image", nameof(files));
        var first = read(files[0]);
        if (files.Count == 1) return first;

        // Each file is let go of once it is copied, so that no more than one is held beside the stack.
        var (voxels, channels) = ((int)first.Data.Shape.Voxels, first.Data.Channels);
        var stack = LargeArray.Uninitialized<float>((long)voxels * channels * files.Count);
        first.Data.Data.CopyTo(stack, 0);
        first = first with { Data = new Volume<float>(channels * files.Count, first.Data.Shape, stack) };
        foreach (var file in files.Skip(1))
        {
            var next = read(file);
            CheckAgainstFirst(first, next, files[0], file);
            if (stack.Length < (channels + next.Data.Channels) * (long)voxels) Array.Resize(ref stack, checked((channels + next.Data.Channels) * voxels));
            next.Data.Data.CopyTo(stack, channels * voxels);
            channels += next.Data.Channels;
        }

        if (stack.Length != (long)channels * voxels) Array.Resize(ref stack, channels * voxels);
        return first with { Data = new Volume<float>(channels, first.Data.Shape, stack) };
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
