using System.CommandLine;
using ActorSeg.Actors.Runs;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;

namespace ActorSeg.Host.Commands;

/// <summary>How runs are named on the command line: by data set, configuration and fold, as many of them as matter, or by the path of a fold's folder.</summary>
internal sealed class RunArguments
{
    private readonly Argument<string[]> _run;
    private readonly Option<string?> _trainer = new("-tr") { HelpName = "CLASS", Description = "trainer (default: any)" };
    private readonly Option<string?> _plans = new("-p") { HelpName = "NAME", Description = "plans (default: any)" };

    /// <param name="verb">Takes the arguments.</param>
    /// <param name="otherwise">What runs are meant where none is named.</param>
    public RunArguments(Command verb, string otherwise)
    {
        _run = new Argument<string[]>("run")
        {
            Arity = new ArgumentArity(0, 3),
            Description = $"data set, configuration and fold, or as many of them as matter; or the path of a fold's folder (default: {otherwise})",
        };
        verb.Add(_run);
        verb.Add(_trainer);
        verb.Add(_plans);
    }

    /// <summary>The runs that are named.</summary>
    /// <param name="given">The command line.</param>
    /// <param name="paths">Roots.</param>
    /// <param name="now">The time.</param>
    /// <param name="history">Read the whole history of each.</param>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public IReadOnlyList<RunSummary> Find(ParseResult given, DatasetPaths paths, DateTimeOffset now, bool history)
    {
        var words = Words(given);
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

    /// <summary>The one run that is named and that a process is at.</summary>
    /// <exception cref="UsageException">There is none, or several.</exception>
    public RunSummary One(ParseResult given, DatasetPaths paths, DateTimeOffset now)
    {
        var found = Find(given, paths, now, history: false);
        var running = found.Where(run => run.State is RunState.Running or RunState.Paused).ToList();
        return running switch
        {
            [var one] => one,
            [] when found is [var one] => throw new UsageException(
                $"no process is at {one.Folder}, which is {one.State.ToString().ToLowerInvariant()}; where it is not finished, the train command goes on with it"),
            [] => throw new UsageException("no process is at any run of that name; 'actorseg status' lists those there are"),
            _ => throw new UsageException($"several runs are under way: {string.Join(", ", running.Select(run => run.Folder))}; name one by data set, configuration and fold, or by its folder"),
        };
    }

    private string[] Words(ParseResult given) => given.GetValue(_run) ?? [];

    private static bool Fits(string? wanted, string found) => wanted is null || wanted == found;
}
