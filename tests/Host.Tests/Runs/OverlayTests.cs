using ActorSeg.Compute.Imaging;

namespace ActorSeg.Host.Tests.Runs;

public sealed class OverlayTests(PhantomFolder phantoms) : IClassFixture<PhantomFolder>
{
    [Theory, InlineData(false), InlineData(true)]
    public void Training_cases_are_drawn_as_they_are_stored_or_raw(bool raw)
    {
        using var folder = new TemporaryFolder();
        string[] flags = raw ? ["--use_raw"] : [];
        using var run = new ActorSegProcess(
            ["nnUNetv2_plot_overlay_pngs", "-d", "901", "-o", folder.File("o"), "--raw", phantoms.Raw, "--preprocessed", phantoms.Preprocessed, .. flags]).Ends(0);
        Assert.Equal(6, Directory.GetFiles(folder.File("o"), "*.png").Length);
        using var picture = ImageFormats.Open(Directory.GetFiles(folder.File("o"))[0]);
        var values = picture.ReadArray<byte>();
        // Colours are seen: somewhere red and blue differ.
        Assert.Contains(Enumerable.Range(0, values.Length / 4), i => values[4 * i] != values[(4 * i) + 2]);
    }

    [Fact]
    public void A_channel_there_is_not_fails_every_case()
    {
        using var folder = new TemporaryFolder();
        using var run = new ActorSegProcess(
            "plot-overlay-pngs", "-d", "901", "-o", folder.File("o"), "-channel_idx", "3", "--raw", phantoms.Raw, "--preprocessed", phantoms.Preprocessed).Ends(3);
        Assert.Contains("no channel 3", run.Errors);
    }
}
