using System.IO.Compression;
using System.Text;
using ActorSeg.Compute.Sharing;

namespace ActorSeg.Compute.Tests.Sharing;

public sealed class ModelImportTests : IDisposable
{
    private const string Model = $"{ResultsFolder.Dataset}/{ResultsFolder.Model}";
    private static readonly (string, string)[] Least = [($"{Model}/plans.json", "{}"), ($"{Model}/dataset.json", "{}"), ($"{Model}/fold_0/checkpoint_final.pth", "weights")];

    private readonly TemporaryFolder _folder = new();

    private string Zip => _folder.File("m.zip");

    private string Results => _folder.File("results");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void what_is_exported_is_installed_elsewhere()
    {
        using var results = new ResultsFolder();
        var members = ModelExport.Write(results.Request("2d", "3d_fullres"), Zip, _ => { }, null, CancellationToken.None);
        var installed = Install();
        Assert.Equal([$"{ResultsFolder.Dataset}/{ResultsFolder.Model}", $"{ResultsFolder.Dataset}/{ResultsFolder.Other}"], installed.Models);
        Assert.Equal(members.Order(StringComparer.Ordinal), ResultsFolder.Files(Results));
        Assert.All(members, member => Assert.Equal(File.ReadAllBytes(results.File(member.Split('/'))), File.ReadAllBytes(Path.Combine(Results, member))));
        Assert.Equal((0, members.Count), (Install().Files, Install().Kept));
    }

    [Fact]
    public void another_fold_joins_a_model_that_is_there()
    {
        Make(Least);
        Install();
        Make(Least[0], Least[1], ($"{Model}/fold_1/checkpoint_final.pth", "other weights"));
        var installed = Install();
        Assert.Equal((1, 2), (installed.Files, installed.Kept));
        Assert.Equal("weights", Read("fold_0/checkpoint_final.pth"));
        Assert.Equal("other weights", Read("fold_1/checkpoint_final.pth"));
    }

    [Fact]
    public void a_file_of_another_content_is_replaced_only_when_asked()
    {
        Make(Least);
        Install();
        Make(Least[0], Least[1], ($"{Model}/fold_0/checkpoint_final.pth", "better!"), ($"{Model}/fold_1/checkpoint_final.pth", "more"));
        Assert.Contains("--overwrite", Assert.Throws<DataException>(() => Install()).Message);
        Assert.Equal("weights", Read("fold_0/checkpoint_final.pth"));
        Assert.False(Directory.Exists(Path.Combine(Results, Model, "fold_1")));
        Install(overwrite: true);
        Assert.Equal("better!", Read("fold_0/checkpoint_final.pth"));
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("/etc/evil.txt")]
    [InlineData($"{Model}/../../../evil.txt")]
    [InlineData($"{Model}\\..\\evil.txt")]
    [InlineData("C:/evil.txt")]
    [InlineData($"{Model}//evil.txt")]
    [InlineData($"{Model}/./evil.txt")]
    [InlineData($"{Model}/evil./x.txt")]
    public void names_that_lead_elsewhere_are_refused(string name)
    {
        Make([.. Least, (name, "evil")]);
        Assert.Throws<DataException>(() => Install());
        AssertNothing();
        Assert.False(File.Exists(_folder.File("evil.txt")));
    }

    [Fact]
    public void links_are_refused_in_the_zip_and_on_the_way()
    {
        const int UnixLink = 0xA1FF;
        Make(Least);
        using (var zip = ZipFile.Open(Zip, ZipArchiveMode.Update))
        {
            var link = zip.CreateEntry($"{Model}/link");
            link.ExternalAttributes = UnixLink << 16;
            using var stream = link.Open();
            stream.Write("/etc"u8);
        }

        Assert.Contains("link", Assert.Throws<DataException>(() => Install()).Message);
        Make(Least);
        Directory.CreateDirectory(Path.Combine(Results, ResultsFolder.Dataset));
        Directory.CreateSymbolicLink(Path.Combine(Results, Model), Directory.CreateDirectory(_folder.File("elsewhere")).FullName);
        Assert.Contains("is a link", Assert.Throws<DataException>(() => Install()).Message);
        Assert.Empty(Directory.GetFiles(_folder.File("elsewhere")));
    }

    [Fact]
    public void a_bomb_is_refused_before_anything_is_unpacked()
    {
        using (var zip = ZipFile.Open(Zip, ZipArchiveMode.Create))
        {
            foreach (var (name, text) in Least) Add(zip, name, Encoding.UTF8.GetBytes(text));
            using var stream = zip.CreateEntry($"{Model}/fold_0/zeros.bin", CompressionLevel.SmallestSize).Open();
            stream.Write(new byte[3 << 20]);
        }

        var failure = Assert.Throws<DataException>(() => ModelImport.Install(Zip, Results, false, null, CancellationToken.None, mostInflated: 1 << 20));
        Assert.Contains("unpack", failure.Message);
        AssertNothing();
    }

    [Fact]
    public void a_file_that_is_also_a_folder_is_refused()
    {
        Make([.. Least, ($"{Model}/fold_0/x", "file"), ($"{Model}/fold_0/x/y", "inside")]);
        Assert.Contains("also a file", Assert.Throws<DataException>(() => Install()).Message);
        AssertNothing();
    }

    [Fact]
    public void what_belongs_to_no_data_set_is_passed_over_with_a_word()
    {
        Make([.. Least, ("__MACOSX/._x", "noise"), ("readme.txt", "noise")]);
        Assert.Equal(2, Install().Warnings.Count);
        Assert.Equal(3, ResultsFolder.Files(Results).Count());
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public void a_zip_without_a_whole_model_is_none(int without)
    {
        Make([.. Least.Where((_, i) => i != without)]);
        Assert.Contains("holds no trained model", Assert.Throws<DataException>(() => Install()).Message);
        AssertNothing();
    }

    [Fact]
    public void descriptions_that_are_no_json_are_refused_by_name()
    {
        Make(Least[0], (Least[1].Item1, "not json"), Least[2]);
        Assert.Contains($"'{Model}/dataset.json' is not valid JSON", Assert.Throws<DataException>(() => Install()).Message);
        AssertNothing();
    }

    [Fact]
    public void a_damaged_zip_installs_nothing_or_the_same()
    {
        Make(Least);
        var whole = File.ReadAllBytes(Zip);
        for (var at = 0; at < whole.Length; at += 7)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x41;
            File.WriteAllBytes(Zip, damaged);
            if (Record.Exception(() => Install()) is { } failure) Assert.IsType<DataException>(failure);
            else Assert.Equal("weights", Read("fold_0/checkpoint_final.pth"));
            if (Directory.Exists(Results)) Directory.Delete(Results, recursive: true);
        }
    }

    [Fact]
    public void what_a_killed_installation_left_is_removed()
    {
        Directory.CreateDirectory(Path.Combine(Results, ".installing-left"));
        Make(Least);
        Install();
        Assert.Equal([ResultsFolder.Dataset], Directory.GetFileSystemEntries(Results).Select(Path.GetFileName));
    }

    private InstalledModels Install(bool overwrite = false) => ModelImport.Install(Zip, Results, overwrite, null, CancellationToken.None);

    private string Read(string name) => File.ReadAllText(Path.Combine(Results, Model, name));

    private void AssertNothing() => Assert.Empty(Directory.Exists(Results) ? Directory.GetFileSystemEntries(Results) : []);

    private void Make(params (string Name, string Text)[] members)
    {
        File.Delete(Zip);
        using var zip = ZipFile.Open(Zip, ZipArchiveMode.Create);
        foreach (var (name, text) in members) Add(zip, name, Encoding.UTF8.GetBytes(text));
    }

    private static void Add(ZipArchive zip, string name, byte[] content)
    {
        using var stream = zip.CreateEntry(name).Open();
        stream.Write(content);
    }
}
