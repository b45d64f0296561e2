using ActorSeg.Compute.Files;
using ActorSeg.Compute.Sharing;
using Akka.Actor;

namespace ActorSeg.Actors.Experiments;

/// <content>Models packed, installed and downloaded.</content>
public sealed partial class JobStages
{
    private static ExportModelResult Export(ExportModelJob job, StageContext context, CancellationToken stop)
    {
        var members = ModelExport.Write(job.Request, job.Output, text => context.Owner.Tell(new JobWarning(text)), (done, all) => Progress(context, "export", done, all), stop);
        return new ExportModelResult(job.Output, members, new FileInfo(job.Output).Length);
    }

    private static InstallModelResult Install(InstallModelJob job, StageContext context, CancellationToken stop)
    {
        var installed = ModelImport.Install(job.Zip, job.Paths.Results!, job.Overwrite, (done, all) => Progress(context, "install", done, all), stop);
        foreach (var warning in installed.Warnings) context.Owner.Tell(new JobWarning(warning));
        return new InstallModelResult(job.Paths.Results!, installed);
    }

    // Whoever waits here for another's download finds everything installed when it is its turn.
    private static InstallModelResult Download(DownloadModelJob job, StageContext context, CancellationToken stop)
    {
        var folder = Path.Combine(job.Paths.Results!, ".downloads");
        var (zip, done) = (Path.Combine(folder, $"{ModelDownload.KeyOf(job.Url)}.zip"), Path.Combine(folder, $"{ModelDownload.KeyOf(job.Url)}.done"));
        using var turn = FileLock.TryAcquire($"{zip}.lock");
        using var mine = turn ?? Wait(context, $"{zip}.lock", stop);
        if (turn is null && File.Exists(done) && ReadDone(done) is { } theirs && theirs.Sha256 == job.Sha256) return new InstallModelResult(job.Paths.Results!, theirs.Installed);
        File.Delete(done);
        using var client = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var shown = new Action<long, long?>((bytes, total) => Progress(context, "download", (int)(bytes >> 20), (int)((total ?? bytes) >> 20), "MiB"));
        new ModelDownload(client, context.Time).Fetch(job.Url, zip, job.Sha256, shown, stop).GetAwaiter().GetResult();
        var result = Install(new InstallModelJob(job.Paths, zip, job.Overwrite), context, stop);
        ModelDownload.Remove(zip);
        DurableFile.WriteText(done, System.Text.Json.JsonSerializer.Serialize(new Installation(job.Sha256, result.Installed)));
        return result;
    }

    private static FileLock Wait(StageContext context, string path, CancellationToken stop)
    {
        context.Owner.Tell(new JobWarning("another process downloads this; waiting for it"));
        return FileLock.Acquire(path, stop);
    }

    private static Installation? ReadDone(string file)
    {
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize<Installation>(File.ReadAllText(file));
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static void Progress(StageContext context, string stage, int done, int all, string? detail = null) => context.Owner.Tell(new JobProgress(stage, done, all, detail));

    private sealed record Installation(string? Sha256, InstalledModels Installed);
}
