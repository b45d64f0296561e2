using ActorSeg.Compute.Imaging.Formats;
using static ActorSeg.Compute.Tests.Imaging.Reference.ReferenceFiles;

namespace ActorSeg.Compute.Tests.Imaging.Reference;

/// <summary>Every NIfTI file of the lists is read as nibabel read it, or refused where nibabel refuses it.</summary>
public class NibabelReferenceTests
{
    public static TheoryData<string> FormatFiles() => Names(Samples, (_, entry) => entry.ContainsKey("nibabel"));

    public static TheoryData<string> RawFiles() => Names(Raw, (_, entry) => entry.ContainsKey("nibabel"));

    [SharedTheory(Samples)]
    [MemberData(nameof(FormatFiles))]
    public void Files_of_other_programs_are_read_as_nibabel_reads_them(string name) => Check(Samples, name);

    [SharedTheory(Raw)]
    [MemberData(nameof(RawFiles))]
    public void Files_of_raw_data_sets_are_read_as_nibabel_reads_them(string name) => Check(Raw, name);

    private static void Check(string list, string name)
    {
        var (file, expected) = (PathOf(list, name), Entry(list, name, "nibabel"));
        if (expected["error"] is not null)
        {
            Assert.Throws<DataException>(() => NibabelFile.Open(file).Dispose());
            return;
        }

        using var nifti = NibabelFile.Open(file);
        var header = nifti.Source.Header;
        Assert.Equal(Numbers(expected["shape"]!), header.Size.Select(n => (double)n));
        Near(Numbers(expected["zooms"]!), nifti.Zooms, 1e-5, "zooms");
        Near([.. expected["affine"]!.AsArray().SelectMany(row => Numbers(row!))], nifti.Affine.Values, 1e-5, "affine");
        CheckValues(expected, header.Size, nifti.Source.ReadArray<double>(), header.Components);
    }
}
