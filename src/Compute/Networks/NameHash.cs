namespace ActorSeg.Compute.Networks;

/// <summary>Numbers from names, the same in every process: what random values of a network are keyed by.</summary>
internal static class NameHash
{
    /// <summary>FNV-1a: string.GetHashCode differs from process to process.</summary>
    public static ulong Of(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in name) hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    /// <summary>The finaliser of SplitMix64: neighbouring numbers come out unrelated.</summary>
    public static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }
}
