using Akka.Configuration;

namespace ActorSeg.Actors.Shared;

/// <summary>Every supervision rule of the node, as data. The numbers can be overridden under <c>actorseg.supervision</c>; nothing else in the code decides how often something is tried.</summary>
public sealed class SupervisionTable
{
    private static readonly TimeSpan Always = TimeSpan.Zero;
    private readonly Dictionary<string, SupervisionRule> _rules;

    private SupervisionTable(IEnumerable<KeyValuePair<string, SupervisionRule>> rules) => _rules = new(rules);

    private static readonly IReadOnlyList<KeyValuePair<string, SupervisionRule>> Defaults =
    [
        Rule("stage", "/user/node/{stage}", "stage actor", "dies without a word", 2, Minutes(30), Seconds(1), "the experiment fails with the cause; the same command resumes it. One that is not made within actorseg.train.watchdog.opening, or has not stopped within actorseg.stop-within, is left behind: exit code 75"),
        Rule("ram-budget", "/user/node/ram-budget", "RamBudget", "any exception", 3, Minutes(10), Always, "the node stops: without a budget nothing may load a volume"),
        Rule("experiments", "/user/node/experiments", "ExperimentRegistry", "any exception", 3, Minutes(10), Always, "the node stops"),
        Rule("experiment", "/user/node/experiments/experiment-{id}", "Experiment", "any exception", 0, Always, Always, "the client is told; the same command resumes from what is on disk"),
        Rule("journal", "/user/node/experiments/experiment-{id}/journal-{n}", "RunJournal", "any exception", 0, Always, Always, "the training goes on without a history"),
        Rule("control", "/user/node/experiments/experiment-{id}/control-{n}", "RunControl", "any exception", 0, Always, Always, "the training goes on, and takes no commands of other processes"),
        Rule("journal-writer", "/user/node/experiments/experiment-{id}/journal-{n}/writer", "JournalWriter", "its file is locked, lost, broken or full", 100_000, Always, Seconds(1),
            "what happens is kept in memory until the run ends; the training goes on, as it does before: pauses are of at most a minute"),
        Rule("case-worker", "/user/node/{farm}/case-worker-{n}", "CaseWorker", "a case cannot be read or processed, or the worker dies", 3, Always, Always,
            "the case is quarantined with its cause and the others go on; exit code 5"),
        Rule("loader", "/user/node/training-{run}/loader", "DataLoader", "any exception", 5, Minutes(10), Seconds(1), "the run fails; its last checkpoint stays"),
        Rule("augmenter", "/user/node/training-{run}/loader/augmenter-{n}", "AugmentationWorker", "it dies or hangs over a batch", 3, Always, Always,
            "the run stops with a checkpoint and names batch, cases and cause; before, a new worker builds the same batch, identically"),
        Rule("sample", "/user/node/training-{run}/loader/augmenter-{n}", "AugmentationWorker", "a case cannot be used", 3, Always, Milliseconds(250),
            "the case is out of the run and reported, exit code 5; with actorseg.train.strict the run stops with a checkpoint"),
        Rule("all-augmenters", "/user/node/training-{run}/loader/augmenter-{n}", "AugmentationWorker", "all die and none has built a batch, or case after case cannot be used", 5, Always,
            Milliseconds(250), "the run stops with a checkpoint; tries count until a batch is built"),
        Rule("trainer", "/user/node/training-{run}/trainer", "Trainer", "any exception in a step", 3, Minutes(30), Seconds(1),
            "the run fails; its last checkpoint stays. What the user has to correct (plans, weights) is not tried again. Steps that are not finite: actorseg.train.nonfinite. One that hangs is not tried again: the process ends with 75, and the same command goes on"),
        Rule("validator", "/user/node/training-{run}/validator", "Validator", "any exception while scoring, or it hangs", 3, Minutes(30), Seconds(1),
            "the epoch has no validation figures; training goes on"),
        Rule("checkpoints", "/user/node/training-{run}/checkpoints", "CheckpointWriter", "a write fails or hangs, or the writer dies", 8, Minutes(60), Seconds(1),
            "last good generation stays, training goes on degraded; a dead writer beyond its tries fails the run"),
        Rule("log", "/user/node/training-{run}/log", "LogWriter", "a line cannot be written", 0, Always, Always, "the line is lost and that is said once; training goes on"),
        Rule("case-loader", "/user/node/prediction-{job}/case-loader-{n}", "CaseLoader", "a case cannot be read or preprocessed", 2, Always, Always, "the case is quarantined; exit code 5"),
        Rule("predictor", "/user/node/prediction-{job}/predictor", "Predictor", "the network throws; out of memory only when less at once is not enough either", 2, Always, Always, "the case is quarantined; exit code 5"),
        Rule("ensembler", "/user/node/prediction-{job}/ensembler", "Ensembler", "any exception", 2, Always, Always, "the case is quarantined; exit code 5"),
        Rule("exporter", "/user/node/prediction-{job}/exporter-{n}", "Exporter", "a label map cannot be written", 2, Always, Always,
            "the case is quarantined; exit code 5; where the disk is full or fails the job ends"),
    ];

    /// <summary>The rules as they come, in the order of the tree.</summary>
    public static IReadOnlyList<SupervisionRule> All { get; } = [.. Defaults.Select(rule => rule.Value)];

    /// <summary>The names under <c>actorseg.supervision</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Defaults.Select(rule => rule.Key)];

    /// <summary>The rules with what the configuration overrides (<c>actorseg.supervision.trainer.tries = 5</c>).</summary>
    public static SupervisionTable From(Config config) => new(Defaults.Select(rule =>
    {
        var at = $"actorseg.supervision.{rule.Key}";
        return KeyValuePair.Create(rule.Key, rule.Value with
        {
            Tries = config.GetInt($"{at}.tries", rule.Value.Tries),
            Window = config.GetTimeSpan($"{at}.window", rule.Value.Window),
            Backoff = config.GetTimeSpan($"{at}.backoff", rule.Value.Backoff),
        });
    }));

    /// <summary>The rules in force, in the order of the tree.</summary>
    public IReadOnlyList<SupervisionRule> Rules => [.. Names.Select(name => _rules[name])];

    /// <summary>A rule by its name, such as <c>trainer</c>.</summary>
    public SupervisionRule this[string name] => _rules[name];

    private static KeyValuePair<string, SupervisionRule> Rule(
        string name, string path, string actor, string failure, int tries, TimeSpan window, TimeSpan backoff, string then) =>
        KeyValuePair.Create(name, new SupervisionRule(path, actor, failure, tries, window, backoff, then));

    private static TimeSpan Minutes(int n) => TimeSpan.FromMinutes(n);

    private static TimeSpan Milliseconds(int n) => TimeSpan.FromMilliseconds(n);

    private static TimeSpan Seconds(int n) => TimeSpan.FromSeconds(n);
}
