using System.Diagnostics;
using ActorSeg.Compute;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Bench.Imaging;

/// <summary>Label maps of 200x512x512 made for the bench, and writing them.</summary>
internal static class LabelMaps
{
    private const int Depth = 200, Side = 512;

    /// <summary>Makes <c>blobs.raw</c> (three blobs) and <c>classes.raw</c> (25 classes with wavy outlines), uint8, z y x.</summary>
    public static void Make(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "blobs.raw"), Map((z, y, x) =>
            Inside(z, y, x, 60, 180, 200, 40, 90) ? (byte)1 : Inside(z, y, x, 120, 300, 330, 50, 110) ? (byte)2 : Inside(z, y, x, 150, 160, 380, 30, 60) ? (byte)3 : (byte)0));
        File.WriteAllBytes(Path.Combine(folder, "classes.raw"), Map((z, y, x) =>
        {
            var (u, v) = (x + (9 * Math.Sin((y + z) / 7.0)) + (4 * Math.Sin(y / 2.3)), y + (9 * Math.Sin((x - z) / 6.0)) + (4 * Math.Sin(x / 2.7)));
            return (byte)(((int)(Math.Max(u, 0) / 110) % 5 * 5) + ((int)(Math.Max(v, 0) / 110) % 5));
        }));
    }

    /// <summary>Writes a map as predictions are written, several times, and prints the fastest and the size.</summary>
    public static void Write(string map, string file)
    {
        var labels = Array.ConvertAll(File.ReadAllBytes(map), b => (ushort)b);
        var (writer, place) = (new SimpleItkReaderWriter(), new ImageGeometry([0.7, 0.7, 2.5], [-180, -180, 30], [1, 0, 0, 0, 1, 0, 0, 0, 1]));
        var times = new List<double>();
        for (var i = 0; i < 7; i++)
        {
            var started = Stopwatch.GetTimestamp();
            writer.WriteLabels(file, labels, new VolumeShape(Depth, Side, Side), place);
            times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        times.Sort();
        Console.WriteLine(FormattableString.Invariant($"{times[times.Count / 2]:F3} s, {new FileInfo(file).Length} bytes"));
    }

    private static byte[] Map(Func<int, int, int, byte> label)
    {
        var map = new byte[Depth * Side * Side];
        Parallel.For(0, Depth, z =>
        {
            for (var y = 0; y < Side; y++)
                for (var x = 0; x < Side; x++)
                    map[(((z * Side) + y) * Side) + x] = label(z, y, x);
        });
        return map;
    }

    private static bool Inside(int z, int y, int x, int cz, int cy, int cx, int rz, int r) =>
        (Math.Pow((z - cz) / (double)rz, 2) + Math.Pow((y - cy) / (double)r, 2) + Math.Pow((x - cx) / (double)r, 2)) < 1;
}
