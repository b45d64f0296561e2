using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Evaluation;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Evaluation;

public sealed class QualityReportTests : IDisposable
{
    private static readonly LabelSet Two = SmallNetworks.Labels(2);
    private static readonly VolumeShape Shape = new(4, 5, 6);
    private static readonly SimpleItkReaderWriter Io = new();

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_case_is_measured_in_millilitres_and_components()
    {
        var labels = new ushort[120];
        labels.AsSpan(0, 3).Fill(1);
        labels[119] = 1;
        labels[50] = 2;
        var found = Look(labels, reference: labels);
        Assert.Equal(new QualityFigures(4 * 2 * 3 * 5 / 1000.0, 2, 0.75, 1), found.Classes[0]);
        Assert.Equal((1, 1), (found.Classes[1].Components, (int)found.Classes[1].Dice!.Value));
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], found.Picture[..4]);
        Assert.Empty(found.Remarks);
    }

    [Fact]
    public void undeclared_values_and_references_that_do_not_fit_are_remarks()
    {
        var labels = new ushort[120];
        labels[3] = 9;
        Assert.Contains("9, which dataset.json does not declare", Assert.Single(Look(labels, reference: null).Remarks));
        Io.WriteLabels(_folder.File("r.nii.gz"), new ushort[8], new VolumeShape(2, 2, 2), Place());
        var found = QualityCase.Look(new QualityInput(new CaseId("a"), _folder.File("p.nii.gz"), null, _folder.File("r.nii.gz")), Io, Two);
        Assert.Contains(found.Remarks, remark => remark.Contains("2x2x2", StringComparison.Ordinal));
        Assert.Null(found.Classes[0].Dice);
    }

    [Fact]
    public void a_case_far_from_the_others_stands_out_and_says_why()
    {
        var cases = Enumerable.Range(0, 12).Select(i => Case($"c{i}", i == 7 ? 500 : 100 + i, i == 3 ? 0 : 1, i == 5 ? 9 : 1 + (i % 2), dice: i == 9 ? 0.1 : 0.9 + (i * 0.001))).ToList();
        var reasons = Outliers.Find(cases, Two);
        Assert.Equal([3, 5, 7, 9], Enumerable.Range(0, 12).Where(i => reasons[i].Count > 0));
        Assert.Contains("volume", reasons[7][0]);
        Assert.Contains("missing", reasons[3][0]);
        Assert.Contains("components", reasons[5][0]);
        Assert.Contains("Dice", reasons[9][0]);
    }

    [Fact]
    public void few_or_equal_cases_make_none_stand_out()
    {
        Assert.All(Outliers.Find([Case("a", 1, 1, 1, 0.1), Case("b", 900, 1, 9, 0.9)], Two), Assert.Empty);
        Assert.All(Outliers.Find([.. Enumerable.Range(0, 9).Select(i => Case($"c{i}", 5, 1, 1, null))], Two), Assert.Empty);
    }

    [Fact]
    public void the_page_holds_everything_itself_and_no_name_becomes_markup()
    {
        var cases = new[] { Case("<script>alert(1)</script>", 100, 1, 1, 0.5), Case("b & c", 200, 1, 1, null) };
        var html = QualityReport.Html("title <b>", cases, [[], ["volume of <x> is 3"]], Two, [("lost", "a cause <here>")]);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("title <b>", html);
        Assert.DoesNotContain("<x>", html);
        Assert.DoesNotContain("<here>", html);
        Assert.DoesNotContain("http", html.Replace("data:image/png;base64", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, html.Split("data:image/png;base64,").Length - 1);
        // What stands out comes first.
        Assert.True(html.IndexOf("id=\"case-1\"", StringComparison.Ordinal) < html.IndexOf("id=\"case-0\"", StringComparison.Ordinal));
    }

    private static QualityCase Case(string name, double volume, double second, int components, double? dice) => new(
        new QualityInput(new CaseId(name), name, null, null), Shape, new Spacing(1, 1, 1),
        [new QualityFigures(volume, components, 1, dice), new QualityFigures(second, second > 0 ? 1 : 0, 1, null)], [], [1, 2, 3]);

    private static ImageGeometry Place() => new([5, 3, 2], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

    private QualityCase Look(ushort[] labels, ushort[]? reference)
    {
        Io.WriteLabels(_folder.File("p.nii.gz"), labels, Shape, Place());
        if (reference is not null) Io.WriteLabels(_folder.File("r.nii.gz"), reference, Shape, Place());
        Io.WriteImage(_folder.File("i.nii.gz"), [.. Enumerable.Range(0, 120).Select(i => (float)i)], Shape, Place());
        return QualityCase.Look(new QualityInput(new CaseId("a"), _folder.File("p.nii.gz"), _folder.File("i.nii.gz"), reference is null ? null : _folder.File("r.nii.gz")), Io, Two);
    }
}
