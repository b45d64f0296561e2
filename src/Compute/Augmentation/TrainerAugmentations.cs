namespace ActorSeg.Compute.Augmentation;

/// <summary>How nnU-Net's trainers augment, by their class names (spec 05 section 16, spec 06 section 10).</summary>
public static class TrainerAugmentations
{
    private static readonly AugmentationVariant Default = AugmentationVariant.Default, Heavy = AugmentationVariant.Heavy;
    private static readonly AugmentationVariant NoMirroring = Default with { Mirroring = MirrorRule.None };
    private static readonly AugmentationVariant FirstAxes = Default with { Mirroring = MirrorRule.AllButLast };
    private static readonly AugmentationVariant NearestLabels = Default with { NearestLabels = true, PreviousLabelChance = 1 };
    private static readonly AugmentationVariant ByChance = Default with { Foreground = new(ByChance: true, Fraction: null) };

    /// <summary>Trainers that augment otherwise than nnUNetTrainer.</summary>
    public static IReadOnlyDictionary<string, AugmentationVariant> Special { get; } = new Dictionary<string, AugmentationVariant>(StringComparer.Ordinal)
    {
        ["nnUNetTrainerNoDA"] = AugmentationVariant.None,
        ["nnUNetTrainerNoMirroring"] = NoMirroring,
        ["nnUNetTrainer_250epochs_NoMirroring"] = NoMirroring,
        ["nnUNetTrainer_2000epochs_NoMirroring"] = NoMirroring,
        ["nnUNetTrainer_4000epochs_NoMirroring"] = NoMirroring,
        ["nnUNetTrainer_8000epochs_NoMirroring"] = NoMirroring,
        ["nnUNetTrainer_onlyMirror01"] = FirstAxes,
        ["nnUNetTrainer_onlyMirror01_1500ep"] = FirstAxes,
        ["nnUNetTrainer_onlyMirror01_DASegOrd0"] = NearestLabels with { Mirroring = MirrorRule.AllButLast },
        ["nnUNetTrainer_onlyMirror01_DA5"] = Heavy with { Mirroring = MirrorRule.AllButLast },
        ["nnUNetTrainer_DASegOrd0"] = NearestLabels,
        ["nnUNetTrainer_DASegOrd0_NoMirroring"] = NearestLabels with { Mirroring = MirrorRule.None },
        ["nnUNetTrainer_noDummy2DDA"] = Default with { SliceBySlice = false },
        ["nnUNetTrainerDA5"] = Heavy,
        ["nnUNetTrainerDA5_10epochs"] = Heavy,
        ["nnUNetTrainerDA5Segord0"] = Heavy with { NearestLabels = true },
        ["nnUNetTrainerDA5ord0"] = Heavy with { NearestImage = true, NearestLabels = true },
        ["nnUNetTrainer_probabilisticOversampling"] = ByChance,
        ["nnUNetTrainer_probabilisticOversampling_033"] = ByChance with { Foreground = new(ByChance: true, Fraction: 0.33) },
        ["nnUNetTrainer_probabilisticOversampling_010"] = ByChance with { Foreground = new(ByChance: true, Fraction: 0.1) },
    };

    /// <summary>That of a trainer; one that is not special augments as nnUNetTrainer does.</summary>
    public static AugmentationVariant Of(string trainer) => Special.GetValueOrDefault(trainer, Default);
}
