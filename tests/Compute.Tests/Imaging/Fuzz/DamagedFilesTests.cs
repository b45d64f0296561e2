using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Imaging.Formats;
using Xunit.Abstractions;

namespace ActorSeg.Compute.Tests.Imaging.Fuzz;

/// <summary>
/// Damaged files of every format are read or refused with a sentence that names the file; nothing else happens, and memory stays within what the
/// length of the file justifies. A seeded sample each time, 100 000 damages a format in the long run.
/// </summary>
public class DamagedFilesTests(ITestOutputHelper output)
{
    // Deflate expands at most 1032 times; a byte may become a float64 and be copied once.
    private const long Expansion = 1032 * 16, Fixed = 16 << 20;

    public static TheoryData<string> Endings() => new(ImageFormats.Endings.Distinct());

    [Theory]
    [MemberData(nameof(Endings))]
    public void A_sample_of_damages_is_read_or_refused(string ending) => Damage(ending, 400, seed: 1);

    [Trait("Category", "Long")]
    [Theory]
    [MemberData(nameof(Endings))]
    public void A_hundred_thousand_damages_are_read_or_refused(string ending) => Damage(ending, 100_000, seed: 2);

    private void Damage(string ending, int times, int seed)
    {
        using var folder = new TemporaryFolder();
        var samples = FuzzSamples.Write(ending, folder).Select(file => (file, bytes: File.ReadAllBytes(file))).ToArray();
        foreach (var (file, _) in samples) Assert.Null(Try(file)); // undamaged, each can be read
        var mutator = new Mutator(seed);
        var (read, refused) = (0, 0);
        for (var i = 0; i < times; i++)
        {
            var (file, bytes) = samples[i % samples.Length];
            var damaged = mutator.Mutate(bytes);
            File.WriteAllBytes(file, damaged);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var error = Try(file);
            var taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(taken <= Fixed + (Expansion * damaged.Length), $"damage {i} of {ending}: {taken} bytes taken for a file of {damaged.Length}");
            if (error is not null)
            {
                Assert.True(error is DataException, $"damage {i} of {ending}: {error}");
                Assert.StartsWith(folder.Path, error.Message);
            }

            if (error is null) read++;
            else refused++;
        }

        output.WriteLine($"{ending}: {times} damaged files, {read} read, {refused} refused");
        Assert.True(refused > 0, "no damage was noticed");
    }

    private static Exception? Try(string file)
    {
        var error = Record.Exception(() =>
        {
            using var source = ImageFormats.Open(file);
            source.ReadArray<float>();
        });
        if (error is not null || !ImageReaderWriters.ByName("NibabelIO").Endings.Any(file.EndsWith)) return error;
        return Record.Exception(() =>
        {
            using var nifti = NibabelFile.Open(file);
            nifti.Source.ReadArray<float>();
        }) is { } other and not DataException ? other : null;
    }
}
