using System.Text.Json.Nodes;

namespace ActorSeg.Compute.Tests.Augmentation.Kernels;

/// <summary>The reference's deterministic transforms (golden i): inputs, outputs and the numbers drawn.</summary>
internal sealed class GoldenTransforms
{
    private static readonly JsonNode All = JsonNode.Parse(File.ReadAllText(TestPaths.Golden("i_augment", "params.json")))!;

    private readonly Npz _npz;
    private readonly string _name;

    public GoldenTransforms(string name)
    {
        _name = name;
        var path = TestPaths.Golden("i_augment", $"{name}.npz");
        // The large figures stay in the shared folder; tests that ask for those are shared theories.
        _npz = new Npz(File.Exists(path) ? path : TestPaths.SharedPath("golden", "i_augment", $"{name}.npz"));
    }

    public JsonNode Parameters => All[_name]!;

    public NpyArray this[string name] => _npz[name];

    public IEnumerable<string> Outputs => _npz.Names.Where(n => n.StartsWith("out", StringComparison.Ordinal));

    public static double[] Doubles(JsonNode node) => [.. node.AsArray().Select(v => v!.GetValue<double>())];

    public static short[] Shorts(NpyArray array) => [.. array.Longs().Select(v => (short)v)];

    /// <summary>The extent of one channel; 2D has a leading 1.</summary>
    public VolumeShape ShapeOf(string name) =>
        this[name].Shape is { Length: 3 } flat ? new(1, flat[1], flat[2]) : new(this[name].Shape[1], this[name].Shape[2], this[name].Shape[3]);

    /// <summary>Asserts that a transform of each channel in place gives the reference's image, within 1e-4 (of the value where it is over 1).</summary>
    public void Check(Action<int, float[], VolumeShape> transform, string output = "out")
    {
        var (image, expected, shape) = (this["image"].Floats(), this[output].Floats(), ShapeOf("image"));
        var voxels = (int)shape.Voxels;
        for (var channel = 0; channel < image.Length / voxels; channel++)
        {
            var values = image[(channel * voxels)..((channel + 1) * voxels)];
            transform(channel, values, shape);
            Close(expected.AsSpan(channel * voxels, voxels), values);
        }
    }

    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.InRange(Math.Abs(expected[i] - actual[i]), 0, 1e-4 * Math.Max(1, Math.Abs(expected[i])));
    }
}
