using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Files;

public sealed class WholeFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_folder_takes_the_place_of_another_when_it_is_whole()
    {
        Directory.CreateDirectory(_folder.File("f"));
        File.WriteAllText(_folder.File("f", "old"), "");
        using var whole = WholeFolder.Begin(_folder.File("f"));
        File.WriteAllText(Path.Combine(whole.Making, "new"), "");
        Assert.True(File.Exists(_folder.File("f", "old")));
        whole.Finish();
        Assert.Equal([_folder.File("f", "new")], Directory.GetFiles(_folder.File("f")));
        Assert.Equal([_folder.File("f")], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void what_is_given_up_leaves_what_was_there()
    {
        Directory.CreateDirectory(_folder.File("f"));
        using (var whole = WholeFolder.Begin(_folder.File("f"))) File.WriteAllText(Path.Combine(whole.Making, "new"), "");
        Assert.Equal([_folder.File("f")], Directory.GetFileSystemEntries(_folder.Path));
        Assert.Empty(Directory.GetFiles(_folder.File("f")));
    }

    [Fact]
    public void one_at_a_time_makes_it_and_what_a_killed_one_left_goes()
    {
        Directory.CreateDirectory(_folder.File(".making-f-left"));
        using var first = WholeFolder.Begin(_folder.File("f"));
        Assert.False(Directory.Exists(_folder.File(".making-f-left")));
        Assert.Contains("another process", Assert.Throws<ResourceException>(() => WholeFolder.Begin(_folder.File("f"))).Message);
        using var other = WholeFolder.Begin(_folder.File("g"));
    }
}
