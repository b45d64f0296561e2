namespace ActorSeg.Compute.Inference.Window;

/// <summary>In which numbers the tiles' logits are summed.</summary>
public enum SumPrecision
{
    /// <summary>Half precision, as the reference: decisions are equal to the bit. Sums beyond 65504 are told of.</summary>
    Fp16,

    /// <summary>float32, rounded to half precision once at the end.</summary>
    Fp32,
}

/// <summary>How a network's tiles cover an image (spec 07 section 4).</summary>
/// <param name="PatchSize">Network input; 2 or 3 axes. With 2, slices are predicted one by one.</param>
/// <param name="Heads">Network outputs.</param>
public sealed record WindowSettings(IReadOnlyList<int> PatchSize, int Heads)
{
    /// <summary>Tile stride as a fraction of the patch, above 0, at most 1.</summary>
    public double StepSize { get; init; } = 0.5;

    /// <summary>Weight tiles by a Gaussian; otherwise all voxels count alike.</summary>
    public bool Gaussian { get; init; } = true;

    /// <summary>Spatial axes to mirror, 0 first; null or empty predicts each tile once.</summary>
    public IReadOnlyList<int>? MirrorAxes { get; init; }

    /// <summary>In which numbers tiles are summed.</summary>
    public SumPrecision Sums { get; init; }

    /// <summary><c>cpu</c> or <c>cuda</c>: where tiles are sent.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The patch in three axes; a 2D one is one slice thick.</summary>
    public VolumeShape Tile => PatchSize.Count == 3 ? VolumeShape.From(PatchSize) : new VolumeShape(1, PatchSize[0], PatchSize[1]);

    /// <summary>Throws where a value is not allowed.</summary>
    /// <exception cref="UsageException">The step size is out of range.</exception>
    public void Validate()
    {
        if (StepSize is not (> 0 and <= 1))
            throw new UsageException(FormattableString.Invariant($"-step_size {StepSize} is not allowed; give a number above 0 and at most 1"));
    }
}
