using System.Diagnostics;
using System.IO.Compression;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Bench.Imaging;

/// <summary>
/// Reading .nii.gz into a new array (in the file's type, and as training does, to float32) against inflating the same bytes into a new array and
/// nothing else, in turn; the ratio pair by pair.
/// </summary>
internal static class ReadAgainstInflate
{
    private const int Pairs = 31, WarmUp = 5;

    public static void Run(string file)
    {
        long length;
        using (var source = ImageFormats.Open(file)) length = source.Header.Values * source.Header.Type.Bytes();
        Compare(file, "as stored", () => Native(file), length);
        Compare(file, "to float32", () => Read<float>(file), length);
    }

    private static void Compare(string file, string how, Action read, long length)
    {
        var (ratios, reading, inflating) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < WarmUp + Pairs; i++)
        {
            var (ours, bare) = (Time(read), Time(() => Inflate(file, length)));
            if (i < WarmUp) continue;
            ratios.Add(ours / bare);
            reading.Add(ours);
            inflating.Add(bare);
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{Path.GetFileName(file)} {how}: read {Median(reading):F2} ms, inflate {Median(inflating):F2} ms, ratio {Median(ratios):F2} ({ratios.Min():F2} to {ratios.Max():F2})"));
    }

    private static void Native(string file)
    {
        using var source = ImageFormats.Open(file);
        source.Header.Type.With(new Reading(source));
    }

    private sealed class Reading(ImageSource source) : IVoxelAction
    {
        public void Run<T>() where T : unmanaged, System.Numerics.INumber<T> => source.ReadArray<T>();
    }

    private static void Read<T>(string file) where T : unmanaged, System.Numerics.INumber<T>
    {
        using var source = ImageFormats.Open(file);
        source.ReadArray<T>();
    }

    private static void Inflate(string file, long length)
    {
        using var zip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        var bytes = GC.AllocateUninitializedArray<byte>((int)length + 1024);
        zip.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
    }

    private static double Time(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
