using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Augmentation;

/// <summary>What a variant derives from the patch (spec 06 section 4). Shapes have three axes; a 2D patch has a leading 1.</summary>
/// <param name="Patch">Network input.</param>
/// <param name="InitialPatch">Loaded before the spatial transform: room for rotation, and for shrinking.</param>
/// <param name="InPlaneOnly">2D, or 3D so anisotropic that slices are turned one by one ("dummy 2D").</param>
/// <param name="RotationRange">Largest angle in radians, either way.</param>
/// <param name="MirrorAxes">Spatial axes of the network input that may be flipped, 0 first; also for test-time mirroring.</param>
public sealed record AugmentationSettings(VolumeShape Patch, VolumeShape InitialPatch, bool InPlaneOnly, double RotationRange, IReadOnlyList<int> MirrorAxes)
{
    private const double AnisotropyThreshold = 3, LongPatch2D = 1.5, Zoom = 0.85, HeavyZoom = 0.7;

    /// <summary>The settings of a configuration.</summary>
    /// <param name="configuration">Patch.</param>
    /// <param name="variant">How it is augmented; null: nnU-Net's default.</param>
    public static AugmentationSettings For(Configuration configuration, AugmentationVariant? variant = null)
    {
        variant ??= AugmentationVariant.Default;
        var (patch, flat) = (configuration.PatchSize, configuration.Is2D);
        var shape = flat ? new VolumeShape(1, patch[0], patch[1]) : VolumeShape.From(patch);
        var slices = !flat && variant.SliceBySlice && (double)patch.Max() / patch[0] > AnisotropyThreshold;
        var range = flat ? ((double)patch.Max() / patch.Min() > LongPatch2D ? Math.PI / 12 : Math.PI) : slices ? Math.PI : Math.PI / 6;
        var mirrored = variant.Mirroring switch { MirrorRule.All => patch.Count, MirrorRule.AllButLast => patch.Count - 1, _ => 0 };
        int[] axes = [.. Enumerable.Range(0, mirrored)];
        if (variant.Scheme == AugmentationScheme.None) return new AugmentationSettings(shape, shape, flat || slices, range, axes);
        var initial = InitialPatchFor(shape, range, flat, variant.Scheme == AugmentationScheme.Heavy ? HeavyZoom : Zoom);
        return new AugmentationSettings(shape, slices ? initial with { Z = shape.Z } : initial, flat || slices, range, axes);
    }

    /// <summary>The extent that a patch turned by up to this angle touches, divided by the zoom.</summary>
    public static VolumeShape InitialPatchFor(VolumeShape patch, double range, bool twoDimensional, double zoom = Zoom)
    {
        var angle = Math.Min(Math.Abs(range), Math.PI / 2);
        var (sine, cosine) = (Math.Sin(angle), Math.Cos(angle));
        double[] p = [patch.Z, patch.Y, patch.X];
        var most = (double[])p.Clone();
        foreach (var (a, b, turn) in ((int, int, int)[])[(1, 2, 1), (0, 2, -1), (0, 1, 1)])
        {
            if (twoDimensional && a == 0) continue;
            // Rotations about axes 0 and 2 turn one way, about axis 1 the other, as the reference's matrices do.
            most[a] = Math.Max(most[a], Math.Abs((p[a] * cosine) + (turn * p[b] * sine)));
            most[b] = Math.Max(most[b], Math.Abs((-turn * p[a] * sine) + (p[b] * cosine)));
        }

        return new VolumeShape(twoDimensional ? 1 : (int)(most[0] / zoom), (int)(most[1] / zoom), (int)(most[2] / zoom));
    }
}
