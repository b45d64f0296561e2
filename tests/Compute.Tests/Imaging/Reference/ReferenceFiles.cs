using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ActorSeg.Compute.Imaging;

namespace ActorSeg.Compute.Tests.Imaging.Reference;

/// <summary>The lists of what ITK 5.2.1 and nibabel read from the files of the shared folder, and how values are compared with them.</summary>
internal static class ReferenceFiles
{
    public const string Samples = "data/formats/EXPECTED.json", Raw = "data/EXPECTED_nnUNet_raw.json";

    /// <summary>Files this version reads although ITK 5.2.1 does not: each is valid, the limit is that reader's (shared data README).</summary>
    public static readonly IReadOnlyDictionary<string, string> ReadAlthoughItkDoesNot = new Dictionary<string, string>
    {
        ["nibabel/tests_data/example_nifti2.nii.gz"] = "NIfTI-2",
        ["nifti-reader-js/avg152T1_LR_nifti2.nii.gz"] = "NIfTI-2",
        ["nifti-reader-js/5D_small.nii"] = "vectors of integers with a slope: ITK reads memory that is not its own",
        ["pynrrd/BallBinary30x30x30_bz2.nrrd"] = "bzip2",
        ["pynrrd/test_simple4d_raw.nrrd"] = "four axes, three of them in space",
    };

    private static readonly ConcurrentDictionary<string, JsonObject> Lists = new();

    /// <summary>Names of a list whose format is registered, narrowed by what its entry holds.</summary>
    public static TheoryData<string> Names(string list, Func<string, JsonObject, bool> wanted)
    {
        var path = TestPaths.SharedPath(list);
        if (!File.Exists(path)) return new("(no shared folder)");
        return new(List(list).Where(e => ImageFormats.Endings.Any(ending => e.Key.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) && wanted(e.Key, e.Value!.AsObject())).Select(e => e.Key));
    }

    public static JsonNode Entry(string list, string name, string reader) => List(list)[name]![reader]!;

    /// <summary>File of an entry; the names of both lists are relative to the list's folder.</summary>
    public static string PathOf(string list, string name) => TestPaths.SharedPath([.. list.Split('/')[..^1], name]);

    public static double[] Numbers(JsonNode node) => node is JsonArray list ? [.. list.Select(n => Number(n!))] : [Number(node)];

    public static void Near(IReadOnlyList<double> expected, IReadOnlyList<double> found, double relative, string what)
    {
        Assert.Equal(expected.Count, found.Count);
        foreach (var (wanted, value) in expected.Zip(found))
            Assert.True(
                wanted.Equals(value) || Math.Abs(wanted - value) <= relative * (1 + Math.Abs(wanted)), $"{what}: {wanted} expected, {value} found");
    }

    /// <summary>Statistics and sample voxels.</summary>
    /// <param name="expected">An entry.</param>
    /// <param name="size">x first.</param>
    /// <param name="values">x fastest after components.</param>
    /// <param name="components">Numbers a voxel.</param>
    public static void CheckValues(JsonNode expected, IReadOnlyList<int> size, double[] values, int components)
    {
        for (var c = 0; c < components; c++)
        {
            var finite = values.Where((v, i) => i % components == c && double.IsFinite(v)).ToArray();
            Near([Numbers(expected["min"]!)[c], Numbers(expected["max"]!)[c]], [finite.Min(), finite.Max()], 1e-6, "range");
            Near([Numbers(expected["mean"]!)[c]], [finite.Average()], 1e-6, "mean");
            Assert.Equal(Numbers(expected["nonfinite"]!)[c], (values.Length / components) - finite.Length);
        }

        foreach (var sample in expected["samples"]!.AsArray())
        {
            var (at, stride) = (0L, 1L);
            foreach (var (index, extent) in Numbers(sample!["index"]!).Zip(size))
            {
                at += (long)index * stride;
                stride *= extent;
            }

            Near(Numbers(sample["value"]!), values[(int)(at * components)..(int)((at + 1) * components)], 1e-6, $"voxel {sample["index"]!.ToJsonString()}");
        }
    }

    private static double Number(JsonNode node) => node.GetValueKind() == System.Text.Json.JsonValueKind.String
        ? node.GetValue<string>() switch { "NaN" => double.NaN, "Infinity" => double.PositiveInfinity, _ => double.NegativeInfinity }
        : node.GetValue<double>();

    private static JsonObject List(string list) => Lists.GetOrAdd(list, l => JsonNode.Parse(File.ReadAllText(TestPaths.SharedPath(l)))!.AsObject());
}
