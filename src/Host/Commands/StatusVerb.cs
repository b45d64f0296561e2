using System.CommandLine;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Rendering;

namespace ActorSeg.Host.Commands;

/// <summary><c>status</c>: where the runs of the results folder stand, and what happened to them. Reads files alone, whether a run's process lives or not.</summary>
internal sealed class StatusVerb : Command
{
    private readonly Argument<string[]> _run =
        new("run") { Arity = new ArgumentArity(0, 3), Description = "data set, configuration and fold, or as many of them as matter; or the path of a fold's folder (default: every run)" };
    private readonly Option<string?> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer (default: any)" };
    private readonly Option<string?> _plans = new("-p") { HelpName = "NAME", Description = "plans (default: any)" };
    private readonly Option<bool> _history = new("--history") { Description = "everything that happened" };

    public StatusVerb(HostServices host, SharedFlags flags)
        : base("status", "Where runs stand: running, finished, stopped, failed or interrupted; with --history, what happened to them.")
    {
        Add(_run);
        foreach (var option in new Option[] { _trainer, _plans, _history }) Add(option);
        SetAction(given =>
        {
            var (paths, now) = (flags.Paths(given, host), host.Time.GetUtcNow());
            var runs = Runs(given, paths, now);
            ReportWriter.Write(StatusReport.Of(runs, now, given.GetValue(_history)), host.Out, flags.Json(given), host.OutIsTerminal);
            return ExitCodes.Done;
        });
    }

    private IReadOnlyList<RunSummary> Runs(ParseResult given, DatasetPaths paths, DateTimeOffset now)
    {
        var (words, history) = (given.GetValue(_run) ?? [], given.GetValue(_history));
        if (words is [var path] && Directory.Exists(path) && RunCatalog.IsRun(Path.GetFullPath(path)))
            return [RunCatalog.Read(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), now, history)];

        if (words is [var none, ..] && none.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new UsageException($"{none} is not a fold's folder with a run; give a path such as .../nnUNetTrainer__nnUNetPlans__3d_fullres/fold_0, or data set, configuration and fold");
        var dataset = words.Length > 0 ? DatasetNames.Resolve(paths, words[0]) : null;
        var (configuration, fold) = (words.ElementAtOrDefault(1), words.Length > 2 ? Fold.Parse(words[2]).ToString() : null);
        var (trainer, plans) = (given.GetValue(_trainer), given.GetValue(_plans));
        var found = RunCatalog.Find(
            paths.NeedResults(),
            name => Fits(dataset, name.Dataset) && Fits(configuration, name.Configuration) && Fits(fold, name.Fold) && Fits(trainer, name.Trainer) && Fits(plans, name.Plans),
            now, history);
        return found.Count > 0 || words.Length == 0 ? found : throw new UsageException($"there is no run {string.Join(' ', words)} in {paths.Results}; 'actorseg status' lists those there are");
    }

    private static bool Fits(string? wanted, string found) => wanted is null || wanted == found;
}
