using ActorSeg.Compute.Augmentation.Kernels;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Augmentation.Transforms;

/// <summary>How values between voxels are found.</summary>
internal enum Interpolation
{
    /// <summary>Images linearly, labels by the vote that linear masks cast.</summary>
    Linear,

    /// <summary>The nearest voxel's.</summary>
    Nearest,
}

/// <summary>
/// Reads a sample turned and scaled (spec 06 sections 5 and 9, rows 1 to 3). Most samples are neither, and of those only the centre of the box is read; of the
/// others what the turned patch covers. Holds that much, image and one label map at a time.
/// </summary>
internal sealed record SpatialReader
{
    /// <summary>Network input.</summary>
    public required VolumeShape Patch { get; init; }

    /// <summary>Whether slices are turned one by one: 2D, dummy 2D.</summary>
    public required bool InPlaneOnly { get; init; }

    /// <summary>Of a sample.</summary>
    public required double RotationChance { get; init; }

    /// <summary>Angle about each axis, in radians; in plane about axis 0 alone.</summary>
    public required Between Rotation { get; init; }

    /// <summary>Of each axis of a sample that is turned.</summary>
    public required double AxisChance { get; init; }

    /// <summary>Of a sample, whether it is turned or not.</summary>
    public required double ScalingChance { get; init; }

    /// <summary>Above one shows more, and smaller.</summary>
    public required Between Scaling { get; init; }

    /// <summary>Whether one factor is drawn for all axes, or one for each.</summary>
    public required bool SameScale { get; init; }

    /// <summary>Of the image.</summary>
    public required Interpolation Image { get; init; }

    /// <summary>Of label maps.</summary>
    public required Interpolation Labels { get; init; }

    /// <summary>Reads the sample at <paramref name="box"/>, which has the initial patch size, into network size.</summary>
    public void Read(Philox random, IStoredCase stored, Box box, Sample sample)
    {
        if (Draw(ref random) is { } map && !IsCrop(map, box.Shape)) Resample(stored, box, sample, map);
        else ReadUnchanged(stored, PatchSampler.Centre(box, Patch), sample);
    }

    /// <summary>Reads a sample as it is.</summary>
    public static void ReadUnchanged(IStoredCase stored, Box box, Sample sample)
    {
        stored.ReadImage(box, sample.Image);
        stored.ReadLabels(box, sample.Labels);
        if (!sample.Previous.IsEmpty) stored.ReadPreviousLabels(box, sample.Previous);
    }

    /// <summary>Draws the map of a sample; null where it is neither turned nor scaled.</summary>
    public Affine? Draw(ref Philox random)
    {
        var (rotate, scale) = (random.Bernoulli(RotationChance), random.Bernoulli(ScalingChance));
        if (!rotate && !scale) return null;
        var (a, b, c) = rotate ? (Angle(ref random), Angle(ref random), Angle(ref random)) : (0, 0, 0);
        var z = scale ? Scaling.Draw(ref random) : 1;
        var (y, x) = SameScale || !scale ? (z, z) : (Scaling.Draw(ref random), Scaling.Draw(ref random));
        return InPlaneOnly ? Affine.Compose(a, 0, 0, 1, y, x) : Affine.Compose(a, b, c, z, y, x);
    }

    private double Angle(ref Philox random) => Rotation.Draw(ref random) is var angle && random.Bernoulli(AxisChance) ? angle : 0;

    // Turned by nothing at all, which a chance for each axis allows: a crop, unless centres of odd and even extents lie half a voxel apart.
    private bool IsCrop(Affine map, VolumeShape loaded) =>
        map == Affine.Identity && ((loaded.Z ^ Patch.Z) & 1) == 0 && ((loaded.Y ^ Patch.Y) & 1) == 0 && ((loaded.X ^ Patch.X) & 1) == 0;

    private void Resample(IStoredCase stored, Box box, Sample sample, Affine map)
    {
        var (loaded, window) = (box.Shape, Window.Needed(box, stored.Shape, Patch, map, InPlaneOnly));
        var voxels = window.IsEmpty ? 0 : checked((int)window.Part.Shape.Voxels);
        using (var memory = sample.Memory.Take<float>((long)sample.Channels * voxels))
        {
            if (!window.IsEmpty) stored.ReadImage(window.In(box), memory.Span);
            for (var channel = 0; channel < sample.Channels; channel++)
            {
                var source = memory.Span.Slice(channel * voxels, voxels);
                if (Image == Interpolation.Nearest) SpatialNearest.Image(source, window, loaded, sample.Channel(channel), Patch, map, InPlaneOnly);
                else SpatialImage.Linear(source, window, loaded, sample.Channel(channel), Patch, map, InPlaneOnly);
            }
        }

        using var labels = sample.Memory.Take<short>(voxels);
        if (!window.IsEmpty) stored.ReadLabels(window.In(box), labels.Span);
        ResampleLabels(labels.Span, window, loaded, sample.Labels, map);
        if (sample.Previous.IsEmpty) return;
        if (!window.IsEmpty) stored.ReadPreviousLabels(window.In(box), labels.Span);
        ResampleLabels(labels.Span, window, loaded, sample.Previous, map);
    }

    private void ResampleLabels(ReadOnlySpan<short> source, Window window, VolumeShape loaded, Span<short> target, Affine map)
    {
        if (Labels == Interpolation.Nearest) SpatialNearest.Labels(source, window, loaded, target, Patch, map, InPlaneOnly);
        else SpatialLabels.Vote(source, window, loaded, target, Patch, map, InPlaneOnly);
    }
}
