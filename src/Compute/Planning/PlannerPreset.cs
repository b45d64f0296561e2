namespace ActorSeg.Compute.Planning;

/// <summary>What distinguishes one planner of nnU-Net from another (spec 02 sections 2 and 2.1): a preset is data, the rules are the same.</summary>
/// <param name="Name">The class name plans record.</param>
/// <param name="PlansName">Default name of the plans.</param>
/// <param name="Residual">Residual encoder instead of plain convolutions.</param>
/// <param name="Reference3D">Feature-map budget in 3D at the reference memory.</param>
/// <param name="Reference2D">The same in 2D.</param>
/// <param name="ReferenceGb">The memory those budgets stand for, which is also the default target.</param>
/// <param name="MaximalDatasetCovered">Largest part of all voxels a batch may hold.</param>
/// <param name="SharesDefaultData">Whether 2d and 3d_fullres use the cases the default planner's preprocessing makes.</param>
internal sealed record PlannerPreset(
    string Name, string PlansName, bool Residual, double Reference3D, double Reference2D, double ReferenceGb, double MaximalDatasetCovered,
    bool SharesDefaultData)
{
    /// <summary>All presets, the default first.</summary>
    public static readonly IReadOnlyList<PlannerPreset> All =
    [
        new("ExperimentPlanner", "nnUNetPlans", false, 560e6, 85e6, 8, 0.05, false),
        new("ResEncUNetPlanner", "nnUNetResEncUNetPlans", true, 680e6, 135e6, 8, 0.05, true),
        new("nnUNetPlannerResEncM", "nnUNetResEncUNetMPlans", true, 680e6, 135e6, 8, 1, true),
        new("nnUNetPlannerResEncL", "nnUNetResEncUNetLPlans", true, 2_100e6, 380e6, 24, 1, true),
        new("nnUNetPlannerResEncXL", "nnUNetResEncUNetXLPlans", true, 3_600e6, 560e6, 40, 1, true),
        new("nnUNetPlanner_torchres", "nnUNetPlans_torchres", false, 560e6, 85e6, 8, 0.05, false) { Resampling = ResamplingFamily.Torch },
        new("nnUNetPlannerResEncL_torchres", "nnUNetResEncUNetLPlans_torchres", true, 2_100e6, 380e6, 24, 1, false) { Resampling = ResamplingFamily.Torch },
        new("nnUNetPlannerResEncL_torchres_sepz", "nnUNetResEncUNetLPlans_torchres_sepz", true, 2_100e6, 380e6, 24, 1, false)
        {
            Resampling = ResamplingFamily.TorchSeparateZ,
        },
        new("nnUNetPlannerResEncL_noResampling", "nnUNetResEncUNetLPlans_noResampling", true, 2_100e6, 380e6, 24, 1, false) { Resampling = ResamplingFamily.None },
    ];

    /// <summary>How images, label maps and predictions are brought onto another grid.</summary>
    public ResamplingFamily Resampling { get; init; } = ResamplingFamily.Spline;

    /// <summary>Features of the first stage; doubled each stage.</summary>
    public int BaseFeatures { get; init; } = 32;

    /// <summary>Cap of the features in 2D and 3D.</summary>
    public (int In2D, int In3D) MaximalFeatures { get; init; } = (512, 320);

    /// <summary>Cap of the stages of the network that is written; memory is estimated without it.</summary>
    public int MaximalStages { get; init; } = int.MaxValue;

    /// <summary>The last name component of the network class.</summary>
    public string NetworkClass => Residual ? "ResidualEncoderUNet" : "PlainConvUNet";

    /// <summary>Convolutions or residual blocks of an encoder stage.</summary>
    public int EncoderCount(int stage) => !Residual ? ConvolutionsPerStage : stage switch { 0 => 1, 1 => 3, 2 => 4, _ => 6 };

    /// <summary>Convolutions of a decoder stage.</summary>
    public int DecoderCount => Residual ? 1 : ConvolutionsPerStage;

    /// <summary>Convolutions of each plain stage.</summary>
    public int ConvolutionsPerStage { get; init; } = 2;

    /// <summary>Features of a stage.</summary>
    public int Features(int stage, int axes) => (int)Math.Min(axes == 2 ? MaximalFeatures.In2D : MaximalFeatures.In3D, BaseFeatures * Math.Pow(2, stage));

    /// <summary>The preset of a name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static PlannerPreset ByName(string name) => All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new UsageException($"there is no planner '{name}'; known are {string.Join(", ", All.Select(preset => preset.Name))}");

    /// <summary>The architecture of a demonstration: narrow, at most three stages, one convolution each. Patch and batch stay as planned.</summary>
    public PlannerPreset Small() => this with { Residual = false, BaseFeatures = 8, MaximalFeatures = (64, 64), MaximalStages = 3, ConvolutionsPerStage = 1 };
}
