using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Tests.Files;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Lock => _folder.File("lock");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_that_is_held_is_seen_without_being_taken()
    {
        Assert.False(FileLock.IsHeld(Lock));
        using (FileLock.TryAcquire(Lock))
        {
            Assert.True(FileLock.IsHeld(Lock));
            Assert.True(FileLock.IsHeld(Lock));
            Assert.Null(FileLock.TryAcquire(Lock));
        }

        Assert.False(FileLock.IsHeld(Lock));
    }

    [Fact]
    public void A_file_that_a_killed_process_left_is_no_lock()
    {
        File.WriteAllText(Lock, "");
        Assert.False(FileLock.IsHeld(Lock));
        using var mine = FileLock.TryAcquire(Lock);
        Assert.NotNull(mine);
    }
}
