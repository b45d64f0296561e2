using ActorSeg.Actors.Shared;
using ActorSeg.Actors.Training;
using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Training;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using static ActorSeg.Actors.Training.LoaderProtocol;

namespace ActorSeg.Actors.Tests.Training;

/// <summary>A loader among probes: workers do what the test says, and time passes when it says so. The test's own actor is the run.</summary>
public abstract class LoaderStage : TestKit
{
    protected static readonly BatchKey First = new(1, new Fold(0), false, 0, 0);
    protected static readonly TimeSpan Stall = TimeSpan.FromMinutes(10);

    private readonly FakeEngines _engines = new() { Bytes = new LoadingBytes(Batch: 100, Scratch: 10, Kept: 1000) };
    private readonly TestProbe _listener;
    private int _alive;

    protected LoaderStage() : base(TestConfig.VirtualTime)
    {
        Sys.ActorOf(BatchReaper.Props());
        (Hand, Budget, Trainer, _listener) = (CreateTestProbe(), CreateTestProbe(), CreateTestProbe("trainer"), CreateTestProbe());
    }

    /// <summary>Gets what workers are told, from each.</summary>
    protected TestProbe Hand { get; }

    protected TestProbe Budget { get; }

    protected TestProbe Trainer { get; }

    protected IActorRef Loader { get; private set; } = ActorRefs.Nobody;

    /// <summary>Batches made and not disposed.</summary>
    protected int Alive => _alive;

    protected void Start(int fewest = 1, int most = 1, int prefetch = 3, long buffer = 10_000, bool strict = false, bool leased = true)
    {
        var options = new TrainingOptions { BatchSize = 1, Epochs = 2, IterationsPerEpoch = 100, ValidationIterations = 10, Seed = 1 };
        var plan = new TrainingPlan("test", "folder", new Fold(0), options, new LoadingPlan(fewest, most, prefetch, buffer, Stall, strict), TimeSpan.FromHours(1));
        var rules = LoaderRules.Of(SupervisionTable.From(Akka.Configuration.ConfigurationFactory.Empty), strict);
        var parts = new LoaderParts(plan, rules, _engines, Budget.Ref, [], new SchedulerTime(Sys), CancellationToken.None);
        var hand = Hand.Ref;
        Func<CancellationToken, Props> puppet = stop => Props.Create(() => new Puppet(hand, stop));
        Loader = ChildActorOf(Props.Create(() => new DataLoader(parts, puppet)), "loader");
        if (leased) Grant(Budget.ExpectMsg<RamBudgetProtocol.RequestLease>());
    }

    protected void Grant(RamBudgetProtocol.RequestLease asked) => Loader.Tell(new RamBudgetProtocol.LeaseGranted(asked.Bytes));

    /// <summary>The trainer asks, now.</summary>
    protected void Want(BatchKey key)
    {
        Loader.Tell(new WantBatch(key), Trainer);
        Settle();
    }

    /// <summary>The next work that is dealt.</summary>
    protected (IActorRef Worker, BuildBatch Work) Dealt()
    {
        var work = Hand.ExpectMsg<BuildBatch>();
        return (Hand.LastSender, work);
    }

    /// <summary>As <see cref="Dealt()"/>, of this key; the worker has begun with it.</summary>
    protected IActorRef Dealt(BatchKey key) => Dealt([key])[0];

    /// <summary>As <see cref="Dealt(BatchKey)"/>, of several workers, in the order of the keys.</summary>
    protected IActorRef[] Dealt(params BatchKey[] keys)
    {
        var dealt = keys.Select(_ => Dealt()).ToDictionary(d => d.Work.Key, d => d.Worker);
        Assert.Equal(keys.ToHashSet(), dealt.Keys.ToHashSet());
        foreach (var key in keys) Say(dealt[key], new BatchBegun(key));
        return [.. keys.Select(key => dealt[key])];
    }

    protected void NothingDealt()
    {
        Settle();
        Hand.ExpectNoMsg(TimeSpan.Zero);
    }

    protected void Built(IActorRef worker, BatchKey key, params string[] cases) => Say(worker, Made(key, cases), WantWork.Instance);

    protected void Fails(IActorRef worker, BatchKey key, string id) =>
        Say(worker, new BatchFailed(key, new SampleException(new CaseId(id), key, new DataException($"{id}.npz", "is damaged", "preprocess again"))), WantWork.Instance);

    protected BatchBuilt Made(BatchKey key, params string[] cases)
    {
        Interlocked.Increment(ref _alive);
        return new BatchBuilt(key, new CountedBatch(key, [.. cases.Select(id => new CaseId(id))], () => Interlocked.Decrement(ref _alive)));
    }

    /// <summary>The worker says so to the loader; back when the loader has dealt with it.</summary>
    protected void Say(IActorRef worker, params object[] words)
    {
        worker.Tell(new Script(words), _listener);
        _listener.ExpectMsg<Said>();
        Settle();
    }

    protected void Die(IActorRef worker, string cause)
    {
        _listener.Watch(worker);
        worker.Tell(new InvalidOperationException(cause));
        _listener.ExpectTerminated(worker);
        Settle();
    }

    /// <summary>Back when the loader has dealt with all it was told, and its workers with what it told them.</summary>
    protected void Settle()
    {
        // Once for what it was told and whom it hired; again for those it hired, and what they were told.
        for (var round = 0; round < 2; round++)
        {
            Answer(Loader);
            foreach (var worker in ((ActorRefWithCell)Loader).Children.ToList()) Answer(worker);
        }
    }

    protected void Advance(TimeSpan time)
    {
        ((TestScheduler)Sys.Scheduler).Advance(time);
        Settle();
    }

    protected void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    protected static BatchKey Key(int index) => First with { Index = index };

    // One that is dead answers too.
    private void Answer(IActorRef actor)
    {
        actor.Tell(new Identify(null), _listener);
        _listener.ExpectMsg<ActorIdentity>();
    }

    private sealed record Script(object[] Words);

    private sealed record Said;

    /// <summary>A worker was told to stop.</summary>
    protected sealed record Cancelled;

    private sealed class Puppet : ReceiveActor
    {
        public Puppet(IActorRef hand, CancellationToken stop)
        {
            var me = Self;
            stop.Register(() => hand.Tell(new Cancelled(), me));
            Context.Parent.Tell(WantWork.Instance);
            Receive<BuildBatch>(m => hand.Tell(m));
            Receive<Exception>(cause => throw cause);
            Receive<Script>(m =>
            {
                foreach (var word in m.Words) Context.Parent.Tell(word);
                Sender.Tell(new Said());
            });
        }
    }
}
