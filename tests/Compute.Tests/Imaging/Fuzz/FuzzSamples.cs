using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging.Fuzz;

/// <summary>Small valid files of every format that is written, in several types and dimensions, to be damaged.</summary>
internal static class FuzzSamples
{
    /// <summary>Writes the samples of an ending into a folder and gives their names; files beside them (pairs) stay there untouched.</summary>
    public static IReadOnlyList<string> Write(string ending, TemporaryFolder folder)
    {
        var files = new List<string>();
        void Add<T>(string name, T[] values, ImageHeader header) where T : unmanaged
        {
            try
            {
                ImageFormats.Write<T>(folder.File(name + ending), values, header);
                files.Add(folder.File(name + ending));
            }
            catch (DataException)
            {
                // A format that cannot hold this one; the others are samples enough.
            }
        }

        if (ending is ".bmp" or ".jpg" or ".jpeg") return Pictures(ending, folder);
        Add("bytes", Some<byte>(7 * 5 * 3), Header(VoxelType.UInt8, [7, 5, 3]));
        Add("flat", Some<byte>(9 * 6), Header(VoxelType.UInt8, [9, 6]));
        Add("shorts", Some<short>(6 * 5 * 4), Header(VoxelType.Int16, [6, 5, 4]));
        Add("floats", Some<float>(4 * 4 * 4), Header(VoxelType.Float32, [4, 4, 4]));
        Add("doubles", Some<double>(3 * 4 * 5), Header(VoxelType.Float64, [3, 4, 5]));
        Add("colours", Some<byte>(8 * 6 * 3), Header(VoxelType.UInt8, [8, 6]) with { Kind = VoxelKind.Rgb, Components = 3 });
        if (files.Count == 0) throw new InvalidOperationException($"no sample of {ending} could be written");
        return files;
    }

    // Formats that are read only: grey and in colour, by another library and by hand.
    private static string[] Pictures(string ending, TemporaryFolder folder)
    {
        var (grey, colours) = (folder.File($"grey{ending}"), folder.File($"colours{ending}"));
        if (ending == ".bmp")
        {
            File.WriteAllBytes(grey, Pictures2D.Bmp(7, 5, 8));
            File.WriteAllBytes(colours, Pictures2D.Bmp(9, 4, 24));
        }
        else
        {
            File.WriteAllBytes(grey, Pictures2D.Jpeg(16, 12, grey: true));
            File.WriteAllBytes(colours, Pictures2D.Jpeg(17, 9, grey: false));
        }

        return [grey, colours];
    }

    private static ImageHeader Header(VoxelType type, int[] size) => ImageHeader.WithoutGeometry("", type, size);

    private static T[] Some<T>(int count) where T : unmanaged, System.Numerics.INumber<T> => [.. Enumerable.Range(0, count).Select(i => T.CreateTruncating((i * 37) % 251))];
}
