using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>Models on their way from one machine to another, over the loopback address.</summary>
public sealed class SharingTests : IDisposable
{
    private const string Model = "nnUNetTrainer__nnUNetPlans__2d";

    private readonly TemporaryFolder _folder = new();

    public SharingTests()
    {
        Write("{}", "plans.json");
        Write("{}", "dataset.json");
        Write(new string('w', 300_000) + Convert.ToBase64String(RandomNumberGenerator.GetBytes(300_000)), "fold_0", "checkpoint_final.pth");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_is_packed_and_installed_as_it_was()
    {
        var zip = Export();
        using var run = new ActorSegProcess("nnUNetv2_install_pretrained_model_from_zip", zip, "--results", _folder.File("there"), "--json").Ends(0);
        Assert.Equal($"Dataset004_X/{Model}", (string?)JsonNode.Parse(run.Output)!["models"]![0]);
        Assert.Equal(File.ReadAllBytes(Original), File.ReadAllBytes(Installed("there")));
        File.WriteAllText(zip, "no zip");
        using var bad = new ActorSegProcess("install-pretrained-model-from-zip", zip, "--results", _folder.File("elsewhere")).Ends(3);
        Assert.Contains("not such a zip", bad.Errors);
        Assert.False(Directory.Exists(_folder.File("elsewhere")));
    }

    [Fact]
    public void Of_two_processes_one_downloads_and_both_are_done()
    {
        var content = File.ReadAllBytes(Export());
        using var server = new LoopbackServer(content) { SilentAfter = 1000 };
        using var first = Download(server, "there");
        Until(() => server.Asked.Count == 1);
        using var second = Download(server, "there");
        Until(() => second.Errors.Contains("waiting for it", StringComparison.Ordinal));
        server.Release.Release();
        first.Ends(0);
        second.Ends(0);
        Assert.Equal([0], server.Asked);
        Assert.Contains(Model, second.Output);
        Assert.Equal(File.ReadAllBytes(Original), File.ReadAllBytes(Installed("there")));
    }

    [Fact]
    public void A_killed_download_is_gone_on_with_by_the_same_command()
    {
        var content = File.ReadAllBytes(Export());
        using var server = new LoopbackServer(content) { SilentAfter = content.Length / 2 };
        using (var killed = Download(server, "there"))
        {
            Until(() => Directory.Exists(_folder.File("there", ".downloads"))
                && Directory.GetFiles(_folder.File("there", ".downloads"), "*.zip").Any(f => new FileInfo(f).Length == content.Length / 2));
            killed.Signal(9);
            killed.Wait();
        }

        Assert.False(Directory.Exists(_folder.File("there", "Dataset004_X")));
        server.Release.Release();
        using var run = Download(server, "there", "--sha256", Convert.ToHexString(SHA256.HashData(content))).Ends(0);
        Assert.Equal([0, content.Length / 2], server.Asked);
        Assert.Equal(File.ReadAllBytes(Original), File.ReadAllBytes(Installed("there")));
        Assert.Empty(Directory.GetFiles(_folder.File("there", ".downloads"), "*.zip"));
    }

    [Fact]
    public void A_file_that_is_not_the_one_expected_is_not_installed()
    {
        using var server = new LoopbackServer(File.ReadAllBytes(Export()));
        using (var wrong = Download(server, "there", "--sha256", new string('0', 64)).Ends(3)) Assert.Contains("has the hash", wrong.Errors);
        server.Status = 404;
        using (var none = Download(server, "there").Ends(3)) Assert.Contains("404", none.Errors);
        Assert.False(Directory.Exists(_folder.File("there", "Dataset004_X")));
    }

    private string Original => _folder.File("here", "Dataset004_X", Model, "fold_0", "checkpoint_final.pth");

    private string Installed(string results) => _folder.File(results, "Dataset004_X", Model, "fold_0", "checkpoint_final.pth");

    private void Write(string text, params string[] parts)
    {
        var file = _folder.File(["here", "Dataset004_X", Model, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private string Export()
    {
        using var run = new ActorSegProcess("export-model-to-zip", "-d", "Dataset004_X", "-c", "2d", "-f", "0", "-o", _folder.File("m.zip"), "--results", _folder.File("here")).Ends(0);
        return _folder.File("m.zip");
    }

    private ActorSegProcess Download(LoopbackServer server, string results, params string[] more) =>
        new(["nnUNetv2_download_pretrained_model_by_url", server.Url.AbsoluteUri, "--results", _folder.File(results), .. more]);

    private static void Until(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromMinutes(1)));
}
