namespace ActorSeg.Compute.Augmentation.Kernels;

/// <summary>A linear map of voxel offsets from the patch centre to offsets in the loaded patch (spec 06 section 7.1): rows are axes of the source.</summary>
internal readonly record struct Affine(double Zz, double Zy, double Zx, double Yz, double Yy, double Yx, double Xz, double Xy, double Xx)
{
    /// <summary>Leaves every offset as it is.</summary>
    public static Affine Identity { get; } = new(1, 0, 0, 0, 1, 0, 0, 0, 1);

    /// <summary>Rz(c) Ry(b) Rx(a) diag(scale): scaling first, then the turns about axes 0, 1 and 2, in radians.</summary>
    public static Affine Compose(double a, double b, double c, double scale0, double scale1, double scale2)
    {
        var ((sa, ca), (sb, cb), (sc, cc)) = (Math.SinCos(a), Math.SinCos(b), Math.SinCos(c));
        return new Affine(
            cc * cb * scale0, ((cc * sb * sa) - (sc * ca)) * scale1, ((cc * sb * ca) + (sc * sa)) * scale2,
            sc * cb * scale0, ((sc * sb * sa) + (cc * ca)) * scale1, ((sc * sb * ca) - (cc * sa)) * scale2,
            -sb * scale0, cb * sa * scale1, cb * ca * scale2);
    }
}
