namespace ActorSeg.Actors.Shared;

/// <summary>What a parent does when a child fails: supervision as data, printed by <c>actorseg describe supervision</c>.</summary>
/// <param name="Path">Of the child, with placeholders: <c>/user/node/training-{run}/trainer</c>.</param>
/// <param name="Actor">Its class.</param>
/// <param name="Failure">Which failure.</param>
/// <param name="Tries">How often it is restarted or tried again within the window; 0 is never.</param>
/// <param name="Window">Over which tries are counted; zero is for as long as the parent lives.</param>
/// <param name="Backoff">Before the first retry; doubles with each.</param>
/// <param name="Then">What happens when the tries are spent.</param>
public sealed record SupervisionRule(string Path, string Actor, string Failure, int Tries, TimeSpan Window, TimeSpan Backoff, string Then);
