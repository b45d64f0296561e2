using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Files;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_there_already_is_not_written_again_and_anything_else_is()
    {
        var (path, longAgo) = (_folder.File("plans.json"), new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        DurableFile.WriteUnlessEqual(path, [1, 2, 3]);
        File.SetLastWriteTimeUtc(path, longAgo);
        DurableFile.WriteUnlessEqual(path, [1, 2, 3]);
        Assert.Equal(longAgo, File.GetLastWriteTimeUtc(path));
        foreach (byte[] other in new byte[][] { [1, 2, 4], [1, 2, 3, 4], [] })
        {
            DurableFile.WriteUnlessEqual(path, other);
            Assert.Equal(other, File.ReadAllBytes(path));
        }

        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }
}
