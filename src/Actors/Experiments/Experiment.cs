using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using Akka.Actor;
using static ActorSeg.Actors.Experiments.ExperimentProtocol;
using static ActorSeg.Actors.Runs.JournalProtocol;
using static ActorSeg.Actors.Shared.StageProtocol;
using static ActorSeg.Actors.Training.TrainingProtocol;

namespace ActorSeg.Actors.Experiments;

/// <summary>Runs jobs one after the other, each as one or more stages. A stage that dies without a word is started again: each can go on from what is on disk.</summary>
public sealed partial class Experiment : ReceiveActor, IWithTimers, IWithStash
{
    private readonly IReadOnlyList<Job> _jobs;
    private readonly IActorRef _node;
    private readonly IActorRef _client;
    private readonly IJobStages _stages;
    private readonly ExperimentLimits _limits;
    private readonly TimeProvider _time;
    private readonly List<JobResult> _results = [];
    private readonly List<JobResult> _taskResults = [];
    private IReadOnlyList<ExperimentTask> _tasks = [];
    private readonly List<JobResult> _stageResults = [];
    private Queue<Stage> _waiting = [];
    private Stage? _current;
    private IActorRef _actor = ActorRefs.Nobody;
    private Retries _retries;
    private bool _stopping;

    /// <summary>An experiment.</summary>
    /// <param name="jobs">In order.</param>
    /// <param name="node">Starts stages.</param>
    /// <param name="client">Told of events and of the end.</param>
    /// <param name="stages">What each job consists of.</param>
    /// <param name="rules">How often a stage is started again.</param>
    /// <param name="limits">How long it waits for stages.</param>
    /// <param name="time">The clock.</param>
    public static Props Props(
        IReadOnlyList<Job> jobs, IActorRef node, IActorRef client, IJobStages stages, SupervisionTable rules, ExperimentLimits limits, TimeProvider time) =>
        Akka.Actor.Props.Create(() => new Experiment(jobs, node, client, stages, rules, limits, time));

    /// <inheritdoc cref="Props"/>
    public Experiment(IReadOnlyList<Job> jobs, IActorRef node, IActorRef client, IJobStages stages, SupervisionTable rules, ExperimentLimits limits, TimeProvider time)
    {
        (_jobs, _node, _client, _stages, _limits, _time) = (jobs, node, client, stages, limits, time);
        _retries = new Retries(rules);
        Receive<StageStarted>(Started);
        Receive<OpenRun>(Open);
        Receive<JobEvent>(Tell);
        Receive<JournalClosed>(Closed);
        Receive<StageFinished>(m => Next(m.Result));
        Receive<StageFailed>(m => End(new ExperimentFailed(m.Cause)));
        Receive<StageStopped>(m => End(new ExperimentStopped(m.Where)));
        Receive<StopExperiment>(_ => Stop());
        Receive<RunCommand>(Command);
        Receive<StartAgain>(_ => Start());
        Receive<NotMade>(_ => End(new ExperimentFailed(new StalledException(_limits.NotMade(_current!.Name)))));
        Receive<NotStopped>(_ => LeaveBehind());
        Receive<Terminated>(m => Died(m.ActorRef));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    public IStash Stash { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => BeginJob();

    // A job, or the next task of one that consists of several.
    private Job Current => _tasks.Count > 0 ? _tasks[_taskResults.Count].Job : _jobs[_results.Count];

    private void BeginJob()
    {
        if (_results.Count == _jobs.Count)
        {
            End(new ExperimentFinished(_results));
            return;
        }

        _tasks = _stages.Tasks(_jobs[_results.Count], [.. _taskResults]);
        if (_tasks.Count > 0) _client.Tell(new TaskBegun(_tasks, [.. _taskResults]));
        _stageResults.Clear();
        _waiting = new Queue<Stage>(_stages.Of(Current, Self.Path.Name));
        _current = _waiting.Dequeue();
        Start();
    }

    // The tasks are asked for again after each: its result may have brought more.
    private void Add(JobResult result)
    {
        if (_tasks.Count == 0)
        {
            _results.Add(result);
            return;
        }

        _taskResults.Add(result);
        var job = _jobs[_results.Count];
        if (_stages.Tasks(job, [.. _taskResults]).Count > _taskResults.Count) return;
        _results.Add(_stages.Combine(job, [.. _taskResults]));
        _taskResults.Clear();
    }

    private void Start()
    {
        Timers.StartSingleTimer(nameof(NotMade), new NotMade(), _limits.Making);
        _node.Tell(new StartStage(_current!));
    }

    private void Started(StageStarted m)
    {
        Timers.Cancel(nameof(NotMade));
        _actor = Context.Watch(m.Actor);
        if (_stopping) _actor.Tell(StopStage.Instance);
        Stash.UnstashAll();
    }

    private void Next(JobResult result)
    {
        Context.Unwatch(_actor);
        _actor = ActorRefs.Nobody;
        _stageResults.Add(result);
        if (_stopping) End(new ExperimentStopped("between two stages"));
        else if (_waiting.TryDequeue(out _current)) Start();
        else GoOn();
    }

    // What a job's stages found may call for more of them. Deciding is cheap, but a result that fits nothing is a failure like any other.
    private void GoOn()
    {
        try
        {
            var job = Current;
            _waiting = new Queue<Stage>(_stages.Then(job, Self.Path.Name, [.. _stageResults]));
            if (_waiting.TryDequeue(out _current))
            {
                Start();
                return;
            }

            var result = _stages.Combine(job, _stageResults);
            Add(result);
            CloseRun(RunHistory.EndOf(result), BeginJob);
        }
        catch (ActorSegException e)
        {
            End(new ExperimentFailed(e));
        }
    }

    // An ending is sent before the stage stops, so a death notice that arrives while the stage is still ours comes without one.
    private void Died(IActorRef actor)
    {
        if (HelperDied(actor) || !actor.Equals(_actor)) return;
        (_retries, var pause) = _retries.Failed("stage", _time.GetUtcNow());
        if (pause is { } wait && !_stopping)
        {
            _client.Tell(new JobWarning($"{actor.Path} died and is started again"));
            Timers.StartSingleTimer(_current!.Name, new StartAgain(), wait);
        }
        else End(new ExperimentFailed(new InvalidOperationException($"{actor.Path} died")));
    }

    private void Stop()
    {
        _stopping = true;
        StopInTime();
        if (_actor.IsNobody()) End(new ExperimentStopped("between two stages"));
        else _actor.Tell(StopStage.Instance);
    }

    // Whoever asks for a stop, as a scheduler does, ends the process soon after.
    private void StopInTime()
    {
        if (!Timers.IsTimerActive(nameof(NotStopped))) Timers.StartSingleTimer(nameof(NotStopped), new NotStopped(), _limits.Stopping);
    }

    private void LeaveBehind()
    {
        Tell(new JobWarning(_limits.NotStopped(_actor.Path.ToStringWithoutAddress())));
        Context.Stop(_actor);
        End(new ExperimentStopped("at what it had written before"));
    }

    private void End(object ending)
    {
        Context.Unwatch(_actor);
        // What has ended is not late any more, however long its journal takes.
        Timers.Cancel(nameof(NotMade));
        Timers.Cancel(nameof(NotStopped));
        CloseRun(RunHistory.EndOf(ending), () =>
        {
            _client.Tell(ending);
            Context.Stop(Self);
        });
    }

    private sealed record StartAgain;

    private sealed record NotMade;

    private sealed record NotStopped;
}

/// <summary>What a job consists of: the one place that ties jobs to stages.</summary>
public interface IJobStages
{
    /// <summary>The stages of a job, at least one, in order. Cheap: files are read when a stage is made.</summary>
    IReadOnlyList<Stage> Of(Job job, string experiment);

    /// <summary>The stages that follow from the results of those before; none where the job is done. Cheap and without files, as <see cref="Of"/>.</summary>
    IReadOnlyList<Stage> Then(Job job, string experiment, IReadOnlyList<JobResult> done) => [];

    /// <summary>What a job that consists of jobs has to do, in order, as far as the results of the first ones tell; none where it is a single job. Cheap and without files.</summary>
    IReadOnlyList<ExperimentTask> Tasks(Job job, IReadOnlyList<JobResult> done) => [];

    /// <summary>The job's result from those of its stages, or of its tasks.</summary>
    JobResult Combine(Job job, IReadOnlyList<JobResult> stages);
}
