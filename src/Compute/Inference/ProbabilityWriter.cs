using System.IO.Compression;
using System.Runtime.InteropServices;
using ActorSeg.Compute.Files;

namespace ActorSeg.Compute.Inference;

/// <summary>Writes the probabilities of a case as nnU-Net does (spec 07 section 5): a deflated float32 array <c>probabilities</c>, handed over a stretch at a time.</summary>
public static class ProbabilityWriter
{
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Takes the next values.</summary>
    public delegate void Sink(ReadOnlySpan<float> values);

    /// <summary>Writes a file durably.</summary>
    /// <param name="file">Its folder exists.</param>
    /// <param name="heads">Network outputs.</param>
    /// <param name="shape">The extent of each.</param>
    /// <param name="fill">Hands over all values, head after head in C order.</param>
    public static void Write(string file, int heads, VolumeShape shape, Action<Sink> fill) => DurableFile.Write(file, stream =>
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        var entry = zip.CreateEntry("probabilities.npy", CompressionLevel.Fastest);
        // The same prediction is the same file, whenever it is made.
        entry.LastWriteTime = Epoch;
        using var member = entry.Open();
        member.Write(NpyHeader.Make("<f4", heads, shape.Z, shape.Y, shape.X));
        fill(values => member.Write(MemoryMarshal.AsBytes(values)));
    });
}
