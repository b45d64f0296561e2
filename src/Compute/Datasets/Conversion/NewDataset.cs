using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Datasets.Conversion;

/// <summary>What a conversion made.</summary>
/// <param name="Folder">The raw data set.</param>
/// <param name="Training">Training cases.</param>
/// <param name="Test">Cases in <c>imagesTs</c>.</param>
/// <param name="Warnings">Sentences: what was left out, what should be looked at.</param>
public sealed record ConvertedDataset(string Folder, int Training, int Test, IReadOnlyList<string> Warnings);

/// <summary>How a conversion is run.</summary>
/// <param name="Workers">Files at once at most; 0 or less is one a processor.</param>
/// <param name="Progress">Told how many files of how many are done, from any thread; null tells nobody.</param>
/// <param name="Stop">Looked at before each file.</param>
public sealed record ConversionRun(int Workers = 0, Action<int, int>? Progress = null, CancellationToken Stop = default)
{
    /// <summary>Does each piece of work, several at once.</summary>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    /// <exception cref="ActorSegException">The first that failed.</exception>
    internal void Each<T>(IReadOnlyCollection<T> work, Action<T> act)
    {
        var (done, telling, workers) = (0, new Lock(), Workers > 0 ? Workers : Environment.ProcessorCount);
        try
        {
            Parallel.ForEach(work, new ParallelOptions { CancellationToken = Stop, MaxDegreeOfParallelism = workers }, item =>
            {
                act(item);
                lock (telling) Progress?.Invoke(++done, work.Count);
            });
        }
        catch (AggregateException e)
        {
            // One sentence is told; files that fail together mostly fail for one reason.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerExceptions.FirstOrDefault(i => i is ActorSegException) ?? e.InnerExceptions[0]);
        }
    }
}

/// <summary>A raw data set that appears whole or not at all: it is built in a folder beside its place and renamed when all is on disk.</summary>
internal static class NewDataset
{
    /// <summary>Checks that name and number are free, builds, and renames.</summary>
    /// <param name="paths">Roots; raw must be given.</param>
    /// <param name="name"><c>DatasetXXX_Name</c>.</param>
    /// <param name="build">Fills the folder it is given.</param>
    /// <returns>What <paramref name="build"/> says, with the folder the data set has in the end.</returns>
    /// <exception cref="UsageException">The name is not well formed, or it or its number is in use.</exception>
    public static ConvertedDataset Create(DatasetPaths paths, string name, Func<string, ConvertedDataset> build)
    {
        DatasetNames.RequireFree(paths, name);
        var target = paths.RawFolder(name);
        if (Path.Exists(target)) throw new UsageException($"{target} is there already; give another name, or remove it first");
        var raw = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(raw);

        // Its name does not begin with Dataset, so that no lookup finds what is not finished.
        var temporary = Directory.CreateDirectory(Path.Combine(raw, $".making-{name}-{Guid.NewGuid():N}")).FullName;
        try
        {
            var made = build(temporary);
            Directory.Move(temporary, target);
            DurableFile.FlushFolder(raw);
            return made with { Folder = target };
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }
}
