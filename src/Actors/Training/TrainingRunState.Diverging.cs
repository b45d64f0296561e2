using ActorSeg.Compute.Networks;

namespace ActorSeg.Actors.Training;

/// <summary>What is done about a trainer whose steps are not finite.</summary>
internal enum Remedy
{
    /// <summary>Back to the last checkpoint: a fault of the machine does not come again.</summary>
    GoBack,

    /// <summary>Back, and on in float32.</summary>
    GoBackInFp32,

    /// <summary>Nothing helps.</summary>
    Stop,
}

/// <content>A training that diverges.</content>
internal sealed partial record TrainingRunState
{
    /// <summary>Too many steps were not finite.</summary>
    public (TrainingRunState Next, Remedy Remedy) Diverged()
    {
        var next = this with { Divergences = Divergences + 1 };
        if (Divergences == 0) return (next, Remedy.GoBack);
        return Options.Precision == Precision.Fp32 ? (next, Remedy.Stop) : (next with { Options = Options with { Precision = Precision.Fp32 } }, Remedy.GoBackInFp32);
    }
}
