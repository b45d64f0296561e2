using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Datasets;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Runs.JournalProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Tests.Experiments;

/// <summary>The run a job owns: its journal is told what the stages tell, closed before the client hears of the end, and its claim given back.</summary>
public sealed class ExperimentRunTests : TestKit
{
    private static readonly Job Training = new PhantomJob(new DatasetPaths(null, null, null), "Dataset001_X", 1, 1, 1);
    private static readonly TrainResult Trained = new("fold_0", 3, null, new Dictionary<string, double> { ["liver"] = 0.5 }, 0.5, []);

    private readonly TestProbe _journal, _stage;
    private readonly Claim _claim = new();

    public ExperimentRunTests() : base(TestConfig.VirtualTime) => (_journal, _stage) = (CreateTestProbe(), CreateTestProbe());

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void what_stages_tell_is_kept_and_told_on()
    {
        var stage = Begin();
        stage.Tell(new JobWarning("look"));
        stage.Tell(new RunDecision(new StepLeftOut(1, 2, "NaN"), "skipped"));
        stage.Tell(new RunNews(new TrainingEnded(3)));
        stage.Tell(new JobProgress("train", 1, 2));
        Assert.Equal("look", _journal.ExpectMsg<Warned>().Text);
        Assert.Equal(2, _journal.ExpectMsg<StepLeftOut>().Iteration);
        _journal.ExpectMsg<TrainingEnded>();
        _journal.ExpectMsg<JobProgress>();
        Assert.Equal("look", ExpectMsg<JobWarning>().Text);
        Assert.Equal("skipped", ExpectMsg<RunDecision>().Text);
    }

    [Fact]
    public void a_finished_job_closes_its_run_before_the_client_hears_of_it()
    {
        var stage = Begin();
        stage.Tell(new StageFinished(Trained with { Quarantined = [new QuarantinedCase(new CaseId("a"), "export", 2, "full", null)] }));
        Assert.Equal("a", _journal.ExpectMsg<CaseGivenUp>().Case);
        Assert.Equal(0.5, _journal.ExpectMsg<RunFinished>().MeanDice);
        _journal.ExpectMsg<CloseJournal>();
        ExpectNoMsg(0);
        Assert.False(_claim.IsGivenBack);
        _journal.Reply(new JournalClosed(0));
        ExpectMsg<ExperimentFinished>();
        Assert.True(_claim.IsGivenBack);
    }

    [Fact]
    public void a_failure_is_kept_with_its_cause_and_who_has_to_act()
    {
        Begin().Tell(new StageFailed(new DataException("file", "is torn", "copy it again")));
        Assert.Equal(("file: is torn; copy it again", "data"), _journal.ExpectMsg<RunFailed>() is var failed ? (failed.Cause, failed.Kind) : default);
        Close(unwritten: 0);
        ExpectMsg<ExperimentFailed>();
    }

    [Fact]
    public void a_run_that_was_taken_over_is_the_new_owners_to_tell_of()
    {
        Begin().Tell(new StageFailed(new RunTakenOverException("another")));
        Close(unwritten: 0);
        ExpectMsg<ExperimentFailed>();
    }

    [Fact]
    public void a_stop_is_kept_with_its_place()
    {
        Begin().Tell(new StageStopped("epoch 1, iteration 2"));
        Assert.Equal("epoch 1, iteration 2", _journal.ExpectMsg<RunStopped>().Where);
        Close(unwritten: 3);
        Assert.Contains("3 events could not be written", ExpectMsg<JobWarning>().Text);
        ExpectMsg<ExperimentStopped>();
    }

    [Fact]
    public void a_journal_that_does_not_answer_holds_back_the_end_for_seconds_only()
    {
        Begin().Tell(new StageFinished(Trained));
        _journal.FishForMessage(m => m is CloseJournal);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains("does not answer", ExpectMsg<JobWarning>().Text);
        ExpectMsg<ExperimentFinished>();
        Assert.True(_claim.IsGivenBack);
    }

    [Fact]
    public void a_journal_that_dies_costs_a_warning_and_not_the_training()
    {
        var stage = Begin();
        stage.Tell(new JobWarning("it is there"));
        _journal.ExpectMsg<Warned>();
        ExpectMsg<JobWarning>();
        Sys.ActorSelection("/user/node/experiments/experiment-1/journal-1").Tell(Kill.Instance);
        Assert.Contains("goes on without a history", ExpectMsg<JobWarning>().Text);
        stage.Tell(new JobWarning("later"));
        ExpectMsg<JobWarning>();
        stage.Tell(new StageFinished(Trained));
        ExpectMsg<ExperimentFinished>();
        Assert.True(_claim.IsGivenBack);
    }

    [Fact]
    public void a_stage_that_does_not_stop_in_time_is_left_behind_and_the_client_is_told_where_it_goes_on()
    {
        Begin();
        var node = Sys.ActorSelection("/user/node");
        // Answered when the stage is there, and after the stop when that was heard.
        node.Tell(new ControlExperiment("1", new TellPosition()));
        ExpectMsg<CommandDone>();
        node.Tell(StopExperiment.Instance);
        node.Tell(new ControlExperiment("1", new TellPosition()));
        ExpectMsg<CommandDone>();
        Clock.Advance(TimeSpan.FromSeconds(19));
        ExpectNoMsg(0);
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains("/user/node/fake-1 has not stopped within 20 s (actorseg.stop-within)", ExpectMsg<JobWarning>().Text);
        _journal.ExpectMsg<Warned>();
        _journal.ExpectMsg<RunStopped>();
        Close(unwritten: 0);
        ExpectMsg<ExperimentStopped>();
    }

    [Fact]
    public void a_stage_that_stopped_in_time_is_not_called_late_while_its_journal_is_closed()
    {
        var stage = Begin();
        var node = Sys.ActorSelection("/user/node");
        node.Tell(new ControlExperiment("1", new TellPosition()));
        ExpectMsg<CommandDone>();
        node.Tell(StopExperiment.Instance);
        node.Tell(new ControlExperiment("1", new TellPosition()));
        ExpectMsg<CommandDone>();
        Clock.Advance(TimeSpan.FromSeconds(18));
        stage.Tell(new StageStopped("here"));
        _journal.ExpectMsg<RunStopped>();
        _journal.ExpectMsg<CloseJournal>();
        Clock.Advance(TimeSpan.FromSeconds(3));
        _journal.Reply(new JournalClosed(0));
        Assert.Equal("here", ExpectMsg<ExperimentStopped>().Where);
    }

    [Fact]
    public void a_stage_that_is_not_made_in_time_ends_the_experiment_as_one_that_hangs()
    {
        using var answered = new ManualResetEventSlim();
        Start(new OneStage(new OpenRun(null, _claim), _stage.Ref) { Hangs = answered });
        _stage.ExpectMsg<IActorRef>();
        Clock.Advance(TimeSpan.FromMinutes(30));
        var cause = Assert.IsType<StalledException>(ExpectMsg<ExperimentFailed>().Cause);
        Assert.Contains("fake hangs: reading what it is made of has taken 1800 s", cause.Message);
        answered.Set();
    }

    private void Close(int unwritten)
    {
        _journal.ExpectMsg<CloseJournal>();
        _journal.Reply(new JournalClosed(unwritten));
    }

    // Gives a way to speak as the stage.
    private IActorRef Begin()
    {
        Start(new OneStage(new OpenRun(Props.Create(() => new Forwarder(_journal.Ref)), _claim), _stage.Ref));
        return _stage.ExpectMsg<IActorRef>();
    }

    private void Start(IJobStages stages)
    {
        var rules = SupervisionTable.From(Config.Empty);
        var settings = new NodeSettings(new MemoryBudget(1 << 20, 1 << 20), 1, TimeSpan.FromMinutes(10), [], new LoadingSettings(1, 1, 1, 1, TimeSpan.FromMinutes(1), false), TimeSpan.FromMinutes(1), null, 0);
        Sys.ActorOf(NodeGuardian.Props(settings, rules, stages, TimeProvider.System), "node").Tell(new RunExperiment("1", [Training]));
    }

    private sealed class Claim : IDisposable
    {
        public bool IsGivenBack { get; private set; }

        public void Dispose() => IsGivenBack = true;
    }

    private sealed class OneStage(OpenRun opening, IActorRef test) : IJobStages
    {
        /// <summary>Making the stage takes until then.</summary>
        public ManualResetEventSlim? Hangs { get; init; }

        public IReadOnlyList<Stage> Of(Job job, string experiment) =>
        [
            new Stage("fake", context =>
            {
                context.Owner.Tell(opening, ActorRefs.NoSender);
                test.Tell(context.Owner, ActorRefs.NoSender);
                Hangs?.Wait(TimeSpan.FromMinutes(1));
                return Props.Create(() => new Idle());
            })
            {
                TakesCommands = true,
            },
        ];

        public JobResult Combine(Job job, IReadOnlyList<JobResult> stages) => stages[^1];
    }

    private sealed class Idle : ReceiveActor
    {
        public Idle() => Receive<TellPosition>(_ => Sender.Tell(new CommandDone(new RunPosition("training"))));
    }

    // Stands for the journal: what its parent says goes to the test, what the test answers to its parent.
    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef to) => ReceiveAny(m =>
        {
            if (Sender.Equals(to)) Context.Parent.Tell(m);
            else to.Tell(m);
        });
    }
}
