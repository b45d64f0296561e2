using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Plugins;
using ActorSeg.Compute.Preprocessing;

namespace ActorSeg.Compute.Tests.Preprocessing;

public sealed class PreprocessorCatalogTests : IDisposable
{
    private readonly RawCases _raw = new(1);

    public void Dispose() => _raw.Dispose();

    [Fact]
    public void Every_step_of_a_class_of_ones_own_is_taken_and_its_memory_counted()
    {
        var raw = _raw.Dataset.Cases[0];
        var (image, labels) = (_raw.Reader.ReadImages(raw.Images), _raw.Reader.ReadLabels(raw.Label!));
        var before = (float[])image.Data.Data.Clone();
        var own = _raw.Recipe() with { Steps = new Doubling() };
        var plain = CasePreprocessor.Run(image, labels, _raw.Recipe(), CancellationToken.None);
        var changed = CasePreprocessor.Run(image, labels, own, CancellationToken.None);
        Assert.Equal(before, image.Data.Data);
        Assert.All(changed.Labels!.Data, label => Assert.Equal(9, label));
        Assert.Equal(2 * image.Data.Data.Max(), changed.Data.Data.Max(), 0.5f);
        Assert.NotEqual(plain.Data.Data, changed.Data.Data);
        Assert.NotEqual(_raw.Recipe().Stamp(raw), own.Stamp(raw));
        var (shape, spacing) = _raw.Reader.ReadHeader(raw.Images[0]);
        Assert.Equal(1234, CasePreprocessor.PeakBytes(shape, spacing, 1, true, own) - CasePreprocessor.PeakBytes(shape, spacing, 1, true, _raw.Recipe()));
    }

    [Fact]
    public void Nnunets_own_is_always_there_and_an_unknown_one_is_named_with_what_to_do()
    {
        Assert.IsType<DefaultPreprocessor>(PluginSet.None.Preprocessors.Find("DefaultPreprocessor"));
        var error = Assert.Throws<DataException>(() => PluginSet.None.Preprocessors.Find("Mine"));
        Assert.Contains("'Mine'", error.Message);
        Assert.Contains("actorseg.plugins", error.Message);
    }

    [Fact]
    public void A_file_that_is_no_assembly_is_told_of()
    {
        Assert.Contains("nowhere.dll", Assert.Throws<UsageException>(() => new PluginSet("nowhere.dll").Preprocessors.Find("Mine")).Message);
        Assert.Contains("dataset.json", Assert.Throws<UsageException>(() => new PluginSet(Path.Combine(_raw.Dataset.Folder, "dataset.json")).Preprocessors.Find("Mine")).Message);
    }

    private sealed class Doubling : DefaultPreprocessor
    {
        public override void Prepare(Volume<float> image, Volume<float>? labels, Configuration configuration)
        {
            for (var i = 0; i < image.Data.Length; i++) image.Data[i] *= 2;
        }

        public override void Normalize(int channel, Span<float> values, ReadOnlySpan<short> labels, Plans plans, Configuration configuration)
        {
        }

        public override void ModifyLabels(Volume<short> labels, Configuration configuration) => labels.Data.AsSpan().Fill(9);

        public override long ExtraBytes(VolumeShape shape, int channels) => 1234;
    }
}
