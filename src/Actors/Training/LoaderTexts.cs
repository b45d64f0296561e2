using ActorSeg.Compute;
using ActorSeg.Compute.Augmentation;

namespace ActorSeg.Actors.Training;

/// <summary>What the user is told when batches cannot be built.</summary>
internal static class LoaderTexts
{
    public static string Name(BatchKey key) => $"{(key.Validation ? "validation batch" : "batch")} {key.Index} of epoch {key.Epoch}";

    public static string Replaced(string path, BatchWork? work, IReadOnlyList<CaseId> cases, Exception cause) => work is null
        ? $"{path} died ({cause.Message}) and is replaced"
        : $"{Name(work.Key)} (cases {string.Join(", ", cases)}), try {work.Attempt}: {Kind(cause)}{cause.Message} in {path}, {Environment.WorkingSet >> 20} MiB resident; "
            + "a new worker builds the same batch";

    public static string Rests(string path, BatchWork work, Exception cause, TimeSpan pause) =>
        $"{Name(work.Key)}, try {work.Attempt}: {cause.Message} in {path}; the same batch is built again in {pause.TotalSeconds:0.##} s";

    public static string Paused(string path, Exception cause, TimeSpan pause) =>
        $"no batch can be built in {path} ({cause.Message}); all workers begin again in {pause.TotalSeconds:0.##} s";

    public static string Lost(LostCase lost) =>
        $"case {lost.Case} is given up after {lost.Tries} tries, and its samples are of other cases from here on: {lost.Cause} (augmentation of {Name(lost.Batch!.Value)} in {lost.Worker})";

    public static string StaysLost(LostCase lost) => $"case {lost.Case} stays out of this run, as before its checkpoint: {lost.Cause}; --fresh takes it in again";

    /// <summary>What the run fails of, so that its exit code says who has to act.</summary>
    public static Exception Ending(LoaderProtocol.BatchGivenUp given)
    {
        var what = given.Key is { } key ? $"{Name(key)} could not be built in {given.Tries} tries" : "batches cannot be built any more";
        return given.Cause switch
        {
            ActorSegException known => known,
            SampleException { InnerException: DataException data } sample => new DataException(
                data.File, $"the case '{sample.Case}' is needed, and {what}: {data.Message[(data.File.Length + 2)..]}",
                "correct it, or set actorseg.train.strict to off, which goes on without it", data),
            SampleException { InnerException: ActorSegException known } sample => new ResourceException($"{what}, for which the case '{sample.Case}' is needed: {known.Message}", known),
            OutOfMemoryException or SampleException { InnerException: OutOfMemoryException } =>
                new ResourceException($"{what}, as there is not enough memory; lower actorseg.memory.limit or close other programs", given.Cause),
            TimeoutException => new ResourceException($"{what}: {given.Cause.Message}; check the disk, or raise actorseg.train.stall-after", given.Cause),
            _ => new InvalidOperationException($"{what}: {given.Cause.Message}", given.Cause),
        };
    }

    // The messages of our own exceptions are sentences; of others the type says more than the message.
    private static string Kind(Exception cause) => cause is ActorSegException or SampleException or TimeoutException ? "" : $"{cause.GetType().Name}: ";
}
