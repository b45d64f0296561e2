namespace ActorSeg.Compute.Imaging;

/// <summary>
/// Where an image lies as nibabel has it: what <c>NibabelIO</c> keeps as <c>nibabel_stuff</c> and writes back with a prediction. As an
/// <see cref="ImageGeometry"/> it tells the same place in ITK's world.
/// </summary>
public sealed record NibabelGeometry : ImageGeometry
{
    /// <param name="original">Of the file.</param>
    /// <param name="reoriented">Of the array, where the reader turned it to RAS; else null.</param>
    public NibabelGeometry(Affine original, Affine? reoriented)
        : base(original.ToGeometry()) => (Original, Reoriented) = (original, reoriented);

    /// <summary>The affine of the file.</summary>
    public Affine Original { get; }

    /// <summary>The affine of the array after it was turned to the closest RAS; null for <c>NibabelIO</c>, which does not turn.</summary>
    public Affine? Reoriented { get; }
}
