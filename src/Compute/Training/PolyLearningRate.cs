namespace ActorSeg.Compute.Training;

/// <summary>nnU-Net's learning rate (spec 05 section 4).</summary>
public static class PolyLearningRate
{
    private const double Exponent = 0.9;

    /// <summary>Constant within an epoch: initial x (1 - epoch / epochs) ^ 0.9.</summary>
    public static double At(int epoch, int epochs, double initial) => initial * Math.Pow(1 - ((double)epoch / epochs), Exponent);
}
