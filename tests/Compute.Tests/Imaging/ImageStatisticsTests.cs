using System.IO.Compression;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging;

public sealed class ImageStatisticsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_component_has_its_own()
    {
        // More voxels than one part holds, so that a part's end must not shift the components.
        var values = Enumerable.Range(0, 3 * 101 * 97).Select(i => (byte)((i % 3 * 50) + (i / 3 % 41))).ToArray();
        ImageFormats.Write<byte>(
            _folder.File("rgb.nii"), values, ImageHeader.WithoutGeometry("", VoxelType.UInt8, [101, 97]) with { Kind = VoxelKind.Rgb, Components = 3 });
        using var source = ImageFormats.Open(_folder.File("rgb.nii"));
        var found = ImageStatistics.Of(source);
        Assert.Equal([0, 50, 100], found.Min);
        Assert.Equal([40, 90, 140], found.Max);
        for (var c = 0; c < 3; c++) Assert.Equal(values.Where((_, i) => i % 3 == c).Average(v => (double)v), found.Mean[c], 1e-9);
        Assert.Equal([0L, 0, 0], found.NonFinite);
    }

    [Fact]
    public void A_vector_whose_components_lie_apart_has_each_its_own()
    {
        float[] values = [1, 10, 2, 20, 3, float.NaN];
        ImageFormats.Write<float>(_folder.File("v.nii"), values, ImageHeader.WithoutGeometry("", VoxelType.Float32, [3]) with { Kind = VoxelKind.Vector, Components = 2 });
        using var source = ImageFormats.Open(_folder.File("v.nii"));
        var found = ImageStatistics.Of(source);
        Assert.Equal([1, 0], found.Min); // ITK's NIfTI reader makes 0 of what is no number
        Assert.Equal([3, 20], found.Max);
    }

    [Fact]
    public void A_small_file_that_inflates_to_a_large_image_is_looked_at_in_little_memory()
    {
        // 400 MB of zeros in half a megabyte.
        var builder = new NiftiBuilder(false, 2, 8, 1000, 1000, 400);
        var file = _folder.File("bomb.nii.gz");
        using (var zip = new GZipStream(File.Create(file), CompressionLevel.Optimal))
        {
            zip.Write(builder.Header);
            var zeros = new byte[1 << 20];
            for (var left = 400_000_000; left > 0; left -= zeros.Length) zip.Write(zeros, 0, Math.Min(zeros.Length, left));
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        using var source = ImageFormats.Open(file);
        Assert.Equal([0], ImageStatistics.Of(source).Max);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }
}
