using System.Runtime.InteropServices;
using ActorSeg.Compute.Augmentation.Kernels;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

namespace ActorSeg.Compute.Augmentation;

/// <summary>
/// What each decoder output is compared with (spec 06 sections 7.13 and 7.14): the label map, reduced, as int16 in one channel; in region mode one bool channel
/// a region, and one for what is ignored, last.
/// </summary>
internal sealed class DeepSupervisionTargets
{
    private readonly IReadOnlyList<NearestReduction> _outputs;

    /// <param name="patch">Network input.</param>
    /// <param name="outputs">Extents of the outputs, full resolution first.</param>
    /// <param name="labels">Regions and what is ignored.</param>
    public DeepSupervisionTargets(VolumeShape patch, IReadOnlyList<VolumeShape> outputs, LabelSet labels)
    {
        _outputs = [.. outputs.Select(shape => new NearestReduction(patch, shape))];
        if (!labels.HasRegions) return;
        var ignored = labels.Ignore is { } ignore ? [new LabelClass([ignore], false)] : Array.Empty<LabelClass>();
        Regions = [.. labels.ForegroundClasses.Concat(ignored).Select(region => region.Labels.Select(label => checked((short)label)).ToArray())];
    }

    /// <summary>Labels of each channel; empty where the channel is the label map itself.</summary>
    public IReadOnlyList<short[]> Regions { get; } = [];

    /// <summary>Element type of the targets.</summary>
    public ScalarType Type => Regions.Count == 0 ? ScalarType.Int16 : ScalarType.Bool;

    /// <summary>Channels of each target.</summary>
    public int Channels => Math.Max(1, Regions.Count);

    /// <summary>Extents, full resolution first.</summary>
    public IEnumerable<VolumeShape> Outputs => _outputs.Select(output => output.To);

    /// <summary>Bytes of one sample's targets.</summary>
    public long SampleBytes => (Regions.Count == 0 ? sizeof(short) : Regions.Count) * _outputs.Sum(output => output.To.Voxels);

    /// <summary>The extent of each output of the network, full resolution first: the patch divided by the strides so far, the bottleneck left out.</summary>
    public static IReadOnlyList<VolumeShape> Shapes(Configuration configuration, VolumeShape patch)
    {
        if (configuration.Primus is not null) return [patch];
        var shapes = new List<VolumeShape>();
        var divisor = new double[] { 1, 1, 1 };
        foreach (var stride in configuration.Architecture.Strides.Take(configuration.Architecture.Stages - 1))
        {
            for (var axis = 0; axis < stride.Count; axis++) divisor[axis + 3 - stride.Count] *= stride[axis];
            shapes.Add(new VolumeShape(Reduced(patch.Z, divisor[0]), Reduced(patch.Y, divisor[1]), Reduced(patch.X, divisor[2])));
        }

        return shapes;
    }

    /// <summary>Writes one output's target.</summary>
    /// <param name="output">Which, from 0.</param>
    /// <param name="labels">The label map of the patch.</param>
    /// <param name="target">One sample's part of the target.</param>
    /// <param name="memory">A reduced label map is taken from it.</param>
    public void Write(int output, ReadOnlySpan<short> labels, Span<byte> target, Workspace memory)
    {
        var reduction = _outputs[output];
        if (Regions.Count == 0)
        {
            var map = MemoryMarshal.Cast<byte, short>(target);
            if (!reduction.IsIdentity) reduction.Apply(labels, map);
            else if (!labels.Overlaps(map)) labels.CopyTo(map);
            return;
        }

        var voxels = (int)reduction.To.Voxels;
        using var reduced = memory.Take<short>(voxels);
        if (!reduction.IsIdentity) reduction.Apply(labels, reduced.Span);
        var from = reduction.IsIdentity ? labels : reduced.Span;
        for (var region = 0; region < Regions.Count; region++) RegionMasks.Fill(from, Regions[region], target.Slice(region * voxels, voxels));
    }

    private static int Reduced(int size, double divisor) => (int)Math.Round(size * (1 / divisor), MidpointRounding.ToEven);
}
