namespace ActorSeg.Actors.Tests;

/// <summary>What the actors need of the node's configuration. Long work has its own threads as in production.</summary>
internal static class TestConfig
{
    public const string Hocon = """
        actorseg.dispatchers.worker.type = PinnedDispatcher
        actorseg.dispatchers.trainer.type = PinnedDispatcher
        actorseg.dispatchers.journal { type = ForkJoinDispatcher, dedicated-thread-pool.thread-count = 2 }
        akka.actor.serializers.run-event = "ActorSeg.Actors.Runs.RunEventSerializer, ActorSeg.Actors"
        akka.actor.serialization-bindings { "ActorSeg.Actors.Runs.Recorded, ActorSeg.Actors" = run-event }
        akka.loglevel = ERROR
        akka.stdout-loglevel = OFF
        akka.log-dead-letters = off
        akka.test.default-timeout = 20s
        akka.test.single-expect-default = 20s
        """;

    /// <summary>As above, with a clock that only moves when told.</summary>
    public const string VirtualTime = Hocon + """

        akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        """;
}
