namespace ActorSeg.Compute.Pickling;

/// <summary>
/// Python pickles as plain data (spec 10 section 2). The reader knows a closed list of constructors, each of which makes one of the values of
/// <c>PickleValues.cs</c>; a pickle that names anything else is refused. No code from a file is run and nothing can be switched on to run it.
/// </summary>
public static class Pickle
{
    /// <summary>Reads one pickle of protocol 2, 3, 4 or 5.</summary>
    /// <param name="bytes">The whole pickle, up to and including its STOP.</param>
    /// <param name="source">The file it came from, named in errors.</param>
    /// <returns>
    /// null, bool, long, double, string, byte[], List of object (list, set) or a type of <c>PickleValues.cs</c>. The graph has no cycle, is at most
    /// 256 deep and has at most some 4 nodes for a byte of the pickle however often parts are shared, so that callers can walk it recursively.
    /// </returns>
    /// <exception cref="DataException">Damaged, over a budget, or asks for a constructor that is not on the list; names byte and opcode or global.</exception>
    public static object? Read(ReadOnlySpan<byte> bytes, string source) => Read(bytes, source, PickleLimits.Default);

    /// <summary>Writes one pickle of protocol 2, in the opcodes that torch's <c>weights_only</c> reader takes (spec 10 section 6.3).</summary>
    /// <param name="value">A value as <see cref="Read(ReadOnlySpan{byte}, string)"/> gives it; also int, float, and any list or array of objects.</param>
    /// <exception cref="ArgumentException">A value of another type, or a text beyond 2 GiB.</exception>
    public static byte[] Write(object? value)
    {
        var writer = new PickleWriter();
        writer.Append(value);
        return writer.Finish();
    }

    /// <summary>As <see cref="Read(ReadOnlySpan{byte}, string)"/>, where these functions may be named as values. They come out as names and are not called.</summary>
    internal static object? Read(ReadOnlySpan<byte> bytes, string source, IReadOnlyList<PickleFunction> functions) =>
        new PickleReader(bytes, source, PickleLimits.Default, functions: functions).Run(out _);

    internal static object? Read(ReadOnlySpan<byte> bytes, string source, PickleLimits limits) => new PickleReader(bytes, source, limits).Run(out _);

    /// <summary>Reads the pickle that <paramref name="bytes"/> begin with.</summary>
    /// <param name="bytes">A pickle and what follows it.</param>
    /// <param name="source">The file it came from, named in errors.</param>
    /// <param name="length">Bytes of the pickle.</param>
    internal static object? ReadFirst(ReadOnlySpan<byte> bytes, string source, out int length) =>
        new PickleReader(bytes, source, PickleLimits.Default, isWhole: false).Run(out length);
}
