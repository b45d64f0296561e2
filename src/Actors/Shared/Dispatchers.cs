namespace ActorSeg.Actors.Shared;

/// <summary>Names of the dispatchers in config/akka.hocon. Long work never runs on the default one, so that heartbeats live through full load.</summary>
public static class Dispatchers
{
    /// <summary>One thread an actor: case workers, augmenters, predictors, exporters.</summary>
    public const string Worker = "actorseg.dispatchers.worker";

    /// <summary>Two threads for the journals of runs: SQLite blocks its caller, and waits for locks.</summary>
    public const string Journal = "actorseg.dispatchers.journal";

    /// <summary>The trainer's own thread: torch's dispose scopes and no_grad are per thread.</summary>
    public const string Trainer = "actorseg.dispatchers.trainer";
}
