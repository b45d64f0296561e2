using BitMiracle.LibTiff.Classic;

namespace ActorSeg.Compute.Imaging.Formats;

/// <summary>An open TIFF whose pages are all alike; reduced copies of pages are left out.</summary>
/// <param name="Tiff">LibTiff's handle.</param>
/// <param name="Page">What each page holds.</param>
/// <param name="Pages">Numbers of the pages, in order.</param>
/// <param name="Spacing">Of pixels in mm, x first, where the file gives a resolution with a unit; else 1.</param>
internal sealed record TiffFile(Tiff Tiff, TiffPage Page, IReadOnlyList<short> Pages, (double X, double Y) Spacing) : IDisposable
{
    /// <summary>Opens a file and looks at every page's fields.</summary>
    /// <exception cref="DataException">It is missing, damaged, or its pages differ.</exception>
    public static TiffFile Open(string file) => Guard(file, () =>
    {
        TiffErrors.Install();
        var length = ImageFile.Guard(file, () =>
        {
            using var stream = ImageFile.OpenRead(file);
            new TiffDirectories(stream, file).Check();
            return stream.Length;
        });
        var tiff = Tiff.Open(file, "r") ?? throw new DataException(file, $"is not read as TIFF ({TiffErrors.Take()})", "check what the file is, and export it again");
        try
        {
            TiffPage? first = null;
            var spacing = (1.0, 1.0);
            var pages = new List<short>();
            do
            {
                if ((TiffPage.Number(tiff, TiffTag.SUBFILETYPE, 0) & (int)FileType.REDUCEDIMAGE) != 0) continue;
                var page = TiffPage.Of(tiff, file, length);
                if (first is null) (first, spacing) = (page, SpacingOf(tiff));
                else if (page != first)
                    throw new DataException(file, $"has a page of {page.Width} x {page.Height} x {page.Samples} {page.Type} after pages of {first.Width} x {first.Height} x {first.Samples} {first.Type}",
                        "export one stack of equal pages");
                pages.Add(tiff.CurrentDirectory());
                if (pages.Count == short.MaxValue) throw new DataException(file, $"has more than {pages.Count} pages", "cut it into parts");
            }
            while (tiff.ReadDirectory());
            return new TiffFile(tiff, first ?? throw new DataException(file, "has no page at full size", "export it again"), pages, spacing);
        }
        catch
        {
            tiff.Dispose();
            throw;
        }
    });

    /// <summary>Runs what calls LibTiff. Of damaged files it throws whatever its arrays throw; that becomes a sentence of the file.</summary>
    /// <exception cref="DataException">Anything but a fault of the machine was thrown.</exception>
    public static T Guard<T>(string file, Func<T> read)
    {
        try
        {
            return ImageFile.Guard(file, read);
        }
        catch (Exception e) when (e is not (ActorSegException or OutOfMemoryException))
        {
            throw new DataException(file, $"is damaged: its TIFF structure cannot be followed ({e.Message})", "copy or export it again", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Tiff.Dispose();

    // As ITK has it: pixels an inch or a centimetre.
    private static (double X, double Y) SpacingOf(Tiff tiff)
    {
        var unit = TiffPage.Number(tiff, TiffTag.RESOLUTIONUNIT, 1) switch { (int)ResUnit.INCH => 25.4, (int)ResUnit.CENTIMETER => 10.0, _ => 0 };
        double Along(TiffTag tag) => tiff.GetField(tag) is [var field, ..] && field.ToDouble() is > 0 and < 1e12 and var resolution && unit > 0 ? unit / resolution : 1;
        return tiff.GetField(TiffTag.RESOLUTIONUNIT) is null ? (1, 1) : (Along(TiffTag.XRESOLUTION), Along(TiffTag.YRESOLUTION));
    }
}
