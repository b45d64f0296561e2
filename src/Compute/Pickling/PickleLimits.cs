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
/// <param name="GraphNodes">Nodes of the result, shared parts counted each time they occur.</param>
internal sealed record PickleLimits(int Bytes, int Opcodes, int StackDepth, int MarkDepth, int MemoEntries, int GraphDepth, long GraphNodes)
{
    public static PickleLimits Default { get; } = new(1 << 30, 10_000_000, 1_000_000, 1_000, 4_000_000, 256, 20_000_000);
}

/// <summary>Why a pickle is refused; becomes a <see cref="DataException"/> where source and offset are known.</summary>
internal sealed class PickleFaultException(string problem) : Exception(problem);
