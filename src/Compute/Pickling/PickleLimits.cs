namespace ActorSeg.Compute.Pickling;

/// <summary>
/// What one pickle may cost. A real checkpoint takes some 15,000 opcodes and 3,000 memo entries; one after 4,000 epochs on 117 classes, its curves in
/// numpy scalars, some 7 million and 2 million.
/// </summary>
/// <param name="Bytes">Length of the pickle.</param>
/// <param name="Opcodes">Opcodes executed; bounds what small objects can take.</param>
/// <param name="StackDepth">Values on the stack.</param>
/// <param name="MarkDepth">Open marks.</param>
/// <param name="MemoEntries">Memo entries.</param>
/// <param name="GraphDepth">Nesting of the result.</param>
/// <param name="GraphContainers">Lists, tuples and dicts of the result that are not empty; shared ones are counted once.</param>
/// <param name="GraphNodes">Nodes of the result, shared parts and long texts counted each time they occur.</param>
internal sealed record PickleLimits(
    int Bytes,
    int Opcodes,
    int StackDepth,
    int MarkDepth,
    int MemoEntries,
    int GraphDepth,
    int GraphContainers,
    long GraphNodes)
{
    public static PickleLimits Default { get; } = new(1 << 30, 10_000_000, 1_000_000, 1_000, 4_000_000, 256, 1_000_000, 20_000_000);

    /// <summary>
    /// These limits for a pickle of that length. What callers make of a result grows with its nodes, so a short pickle may not unfold to many: a node
    /// of an honest one takes two bytes, or is one of the few that share.
    /// </summary>
    public PickleLimits For(int bytes) => this with { GraphNodes = Math.Min(GraphNodes, (1 << 16) + (4L * bytes)) };
}

/// <summary>Why a pickle is refused; becomes a <see cref="DataException"/> where source and offset are known.</summary>
internal sealed class PickleFaultException(string problem) : Exception(problem);
