namespace ActorSeg.Compute.Pickling;

/// <summary>STUB: replaced by the checkpoint work.</summary>
public static class Pickle
{
    /// <summary>Reads one pickle; nothing in it is executed.</summary>
    public static object? Read(ReadOnlySpan<byte> bytes, string source) => throw new NotImplementedException();

    /// <summary>Writes one pickle, protocol 2.</summary>
    public static byte[] Write(object? value) => throw new NotImplementedException();
}
