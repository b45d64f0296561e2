using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Shared;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Tests.Experiments;

public class ExperimentTests() : TestKit(TestConfig.Hocon)
{
    private static readonly Job Some = new PhantomJob(new DatasetPaths(null, null, null), "Dataset001_X", 1, 1, 1);

    [Fact]
    public void jobs_run_in_order_and_their_results_come_at_the_end()
    {
        Run(2, (n, _) => new StageFinished(new FileResult($"file {n}")));
        var results = ExpectMsg<ExperimentFinished>().Results;
        Assert.Equal(["file 0", "file 1"], results.Cast<FileResult>().Select(r => r.File));
    }

    [Fact]
    public void a_failed_stage_ends_the_experiment_with_its_cause_and_later_jobs_are_not_begun()
    {
        var begun = new List<int>();
        Run(3, (n, _) =>
        {
            begun.Add(n);
            return n == 1 ? new StageFailed(new UsageException("no")) : new StageFinished(new FileResult("x"));
        });
        Assert.Equal("no", ExpectMsg<ExperimentFailed>().Cause.Message);
        Assert.Equal([0, 1], begun);
    }

    [Fact]
    public void a_stage_that_dies_without_a_word_is_started_again()
    {
        Run(1, (_, attempt) => attempt == 1 ? throw new InvalidOperationException("boom") : new StageFinished(new FileResult("x")));
        ExpectMsg<JobWarning>(m => m.Text.Contains("started again"));
        ExpectMsg<ExperimentFinished>();
    }

    [Fact]
    public void a_stage_that_always_dies_fails_the_experiment()
    {
        Run(1, (_, _) => throw new InvalidOperationException("boom"));
        FishForMessage(m => m is ExperimentFailed);
    }

    [Fact]
    public void a_job_goes_on_with_the_stages_that_follow_from_its_results()
    {
        var results = 0;
        var node = Node(new FakeStages((_, _) => new StageFinished(new FileResult($"{++results}"))) { Rounds = 3 });
        node.Tell(new RunExperiment("1", [Some]));
        Assert.Equal("3", Assert.IsType<FileResult>(Assert.Single(ExpectMsg<ExperimentFinished>().Results)).File);
    }

    [Fact]
    public void a_job_of_several_tasks_runs_them_in_order_tells_of_each_and_takes_in_those_that_a_result_brings()
    {
        var results = 0;
        var node = Node(new FakeStages((_, _) => new StageFinished(new FileResult($"{++results}"))) { Growing = 3 });
        node.Tell(new RunExperiment("1", [Some, Some]));
        foreach (var (over, known) in (ReadOnlySpan<(int, int)>)[(0, 1), (1, 2), (2, 3), (0, 1), (1, 2), (2, 3)])
        {
            var begun = ExpectMsg<TaskBegun>();
            Assert.Equal((over, known), (begun.Results.Count, begun.Tasks.Count));
        }

        Assert.Equal(["3", "6"], ExpectMsg<ExperimentFinished>().Results.Cast<FileResult>().Select(r => r.File));
    }

    [Fact]
    public void results_from_which_nothing_can_follow_fail_the_experiment_in_their_own_words()
    {
        var node = Node(new FakeStages((_, _) => new StageFinished(new FileResult("x"))) { Rounds = -1 });
        node.Tell(new RunExperiment("1", [Some]));
        Assert.Contains("no model", ExpectMsg<ExperimentFailed>().Cause.Message);
    }

    [Fact]
    public void what_making_a_stage_throws_reaches_the_client()
    {
        var node = Node(new FakeStages((_, _) => throw new InvalidOperationException(), make: () => throw new DataException("folder", "is not there", "make it")));
        node.Tell(new RunExperiment("1", [Some]));
        Assert.Contains("folder: is not there", ExpectMsg<ExperimentFailed>().Cause.Message);
    }

    [Fact]
    public void stopping_passes_to_the_stage_and_its_answer_to_the_client()
    {
        var node = Run(1, (_, _) => null);
        ExpectMsg<JobWarning>(m => m.Text == "waiting");
        node.Tell(StopExperiment.Instance);
        Assert.Equal("here", ExpectMsg<ExperimentStopped>().Where);
    }

    [Fact]
    public void commands_to_an_experiment_that_trains_nothing_now_are_refused_but_for_its_stop()
    {
        var node = Run(1, (_, _) => null);
        ExpectMsg<JobWarning>(m => m.Text == "waiting");
        foreach (var command in (RunCommand[])[new PauseRun(), new TellPosition()])
        {
            node.Tell(new ControlExperiment("1", command));
            Assert.Equal("no training is under way now", ExpectMsg<CommandRefused>().Why);
        }

        node.Tell(new ControlExperiment("2", new PauseRun()));
        Assert.Contains("no experiment 2", ExpectMsg<CommandRefused>().Why);
        node.Tell(new ControlExperiment("1", new StopRun()));
        Assert.Equal("stopping", ExpectMsg<CommandDone>().Position.State);
        ExpectMsg<ExperimentStopped>();
    }

    [Fact]
    public void every_actor_of_the_tree_has_a_rule_and_numbers_can_be_overridden()
    {
        Assert.All(SupervisionTable.All, rule => Assert.False(string.IsNullOrWhiteSpace(rule.Then)));
        Assert.Equal(SupervisionTable.Names.Count, SupervisionTable.Names.Distinct().Count());
        var table = SupervisionTable.From(ConfigurationFactory.ParseString("actorseg.supervision.trainer { tries = 9, backoff = 5s }"));
        Assert.Equal((9, TimeSpan.FromSeconds(5)), (table["trainer"].Tries, table["trainer"].Backoff));
        Assert.Equal(3, table["validator"].Tries);
    }

    [Theory, InlineData("actorseg.memory.limit = abc"), InlineData("actorseg.train.prefetch = 0"), InlineData("actorseg.train.augmenters = -1"), InlineData("actorseg.train.validation = later"), InlineData("actorseg.train.watchdog.trainer = 0s"), InlineData("actorseg.stop-within = 0s")]
    public void a_setting_out_of_range_is_refused_by_name(string setting)
    {
        var shipped = File.ReadAllText(Path.Combine(TestPaths.Repository, "config", "akka.hocon"));
        var error = Assert.Throws<UsageException>(() => NodeSettings.From(ConfigurationFactory.ParseString(setting).WithFallback(ConfigurationFactory.ParseString(shipped))));
        Assert.Contains(setting.Split(' ')[0], error.Message);
    }

    [Fact]
    public void a_killed_memory_budget_is_restarted_and_leases_again()
    {
        var node = Run(1, (_, _) => null);
        ExpectMsg<JobWarning>();
        var budget = Sys.ActorSelection(node.Path / "ram-budget");
        budget.Tell(Kill.Instance);
        budget.Tell(new RamBudgetProtocol.RequestLease(1 << 20, "everything"));
        ExpectMsg<RamBudgetProtocol.LeaseGranted>();
    }

    [Fact]
    public void a_killed_registry_tells_its_clients_that_their_experiment_is_over()
    {
        var node = Run(1, (_, _) => null);
        ExpectMsg<JobWarning>();
        Sys.ActorSelection(node.Path / "experiments").Tell(Kill.Instance);
        ExpectMsg<ExperimentFailed>();
    }

    private IActorRef Run(int jobs, Func<int, int, object?> ending)
    {
        var node = Node(new FakeStages(ending));
        node.Tell(new RunExperiment("1", [.. Enumerable.Repeat(Some, jobs)]));
        return node;
    }

    private IActorRef Node(IJobStages stages)
    {
        var rules = SupervisionTable.From(ConfigurationFactory.ParseString("actorseg.supervision.stage { backoff = 1ms }"));
        return Sys.ActorOf(NodeGuardian.Props(new NodeSettings(new MemoryBudget(1 << 20, 1 << 20), 1, TimeSpan.FromMinutes(10), [], new LoadingSettings(1, 1, 1, 1, TimeSpan.FromMinutes(1), false), TimeSpan.FromMinutes(1), null, 0), rules, stages, TimeProvider.System), "node");
    }

    private sealed class FakeStages(Func<int, int, object?> ending, Action? make = null) : IJobStages
    {
        private int _job = -1;

        /// <summary>Stages of each job, one following from the other's result; below 0 nothing can follow.</summary>
        public int Rounds { get; init; } = 1;

        /// <summary>Tasks of each job, one more known after each; 0: it is a single job.</summary>
        public int Growing { get; init; }

        public IReadOnlyList<ExperimentTask> Tasks(Job job, IReadOnlyList<JobResult> done) =>
            [.. Enumerable.Range(0, Math.Min(Growing, done.Count + 1)).Select(n => new ExperimentTask($"task {n}", job))];

        public IReadOnlyList<Stage> Then(Job job, string experiment, IReadOnlyList<JobResult> done) =>
            Rounds < 0 ? throw new DataException("results", "hold no model", "train one") : done.Count < Rounds ? Stages(_job) : [];

        public IReadOnlyList<Stage> Of(Job job, string experiment) => Stages(++_job);

        private IReadOnlyList<Stage> Stages(int n)
        {
            var attempt = 0;
            return
            [
                new Stage("fake", context =>
                {
                    make?.Invoke();
                    attempt++;
                    var (owner, at) = (context.Owner, attempt);
                    return Props.Create(() => new FakeStage(owner, () => ending(n, at)));
                }),
            ];
        }

        public JobResult Combine(Job job, IReadOnlyList<JobResult> stages) => stages[^1];
    }

    private sealed class FakeStage : ReceiveActor
    {
        public FakeStage(IActorRef owner, Func<object?> ending)
        {
            Receive<StopStage>(_ => owner.Tell(new StageStopped("here")));
            Receive<string>(_ => owner.Tell(ending() ?? new JobWarning("waiting")));
            Self.Tell("begin");
        }
    }
}
