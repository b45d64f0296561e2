using ActorSeg.Compute;

namespace ActorSeg.Actors.Evaluation;

/// <summary>Tells a disk that fails from a case that does.</summary>
internal static class Writing
{
    /// <summary>Does work whose reading has sentences of its own, so that what the system says is about writing.</summary>
    /// <exception cref="StorageException">The folder cannot be written to: no other case would fare better.</exception>
    public static T Into<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"{folder}: cannot be written to ({e.Message}); free space or check the disk and its permissions, then give the same command again", e);
        }
    }
}
