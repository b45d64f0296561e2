using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Actors.Training;

/// <summary>
/// Checkpoints of a run that writes none: in memory, so that a trainer that dies is replaced from the last one, and the validation has weights. Holds three of them at
/// most. Outlives the stage that trains.
/// </summary>
internal sealed class KeptCheckpoints
{
    private readonly Dictionary<CheckpointKind, RunCheckpoint> _kept = [];

    /// <summary>The training's end; null before it.</summary>
    public RunCheckpoint? Final
    {
        get
        {
            lock (_kept) return _kept.GetValueOrDefault(CheckpointKind.Final);
        }
    }

    /// <summary>A store that begins with what lies in the folder, and keeps what is written.</summary>
    public ICheckpointStore Over(ICheckpointStore files) => new Store(this, files);

    private sealed class Store(KeptCheckpoints owner, ICheckpointStore files) : ICheckpointStore
    {
        public FoundCheckpoint FindNewest()
        {
            lock (owner._kept)
                return owner._kept.Values.MaxBy(kept => (kept.Snapshot.Epoch, kept.Snapshot.Iteration)) is { } newest
                    ? new FoundCheckpoint("memory", newest, [])
                    : files.FindNewest();
        }

        public string Write(CheckpointKind kind, RunCheckpoint checkpoint, CancellationToken abandoned)
        {
            lock (owner._kept) owner._kept[kind] = checkpoint;
            return CheckpointFile.WeightsSha256([.. checkpoint.Snapshot.Weights.Where(w => !ParameterNames.IsBuffer(w.Name))]);
        }
    }
}
