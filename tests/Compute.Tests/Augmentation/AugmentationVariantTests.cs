using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Augmentation.Transforms;
using ActorSeg.Compute.Planning;

namespace ActorSeg.Compute.Tests.Augmentation;

/// <summary>What each of nnU-Net's trainers changes (spec 06 section 10).</summary>
public class AugmentationVariantTests
{
    [Theory]
    [InlineData("nnUNetTrainer", new[] { 0, 1, 2 }), InlineData("nnUNetTrainer_5epochs", new[] { 0, 1, 2 })]
    [InlineData("nnUNetTrainerNoMirroring", new int[0]), InlineData("nnUNetTrainer_2000epochs_NoMirroring", new int[0]), InlineData("nnUNetTrainerNoDA", new int[0])]
    [InlineData("nnUNetTrainer_onlyMirror01", new[] { 0, 1 }), InlineData("nnUNetTrainer_onlyMirror01_1500ep", new[] { 0, 1 })]
    [InlineData("nnUNetTrainer_onlyMirror01_DA5", new[] { 0, 1 }), InlineData("nnUNetTrainer_onlyMirror01_DASegOrd0", new[] { 0, 1 })]
    [InlineData("nnUNetTrainer_DASegOrd0_NoMirroring", new int[0]), InlineData("nnUNetTrainerDA5", new[] { 0, 1, 2 })]
    public void axes_are_mirrored_in_training_and_prediction_as_the_trainer_says(string trainer, int[] axes)
    {
        var (configuration, labels) = PipelineTests.Inputs("hippocampus_3d");
        var variant = TrainerAugmentations.Of(trainer);
        Assert.Equal(axes, AugmentationSettings.For(configuration, variant).MirrorAxes);
        var plan = AugmentationPlan.For(configuration, labels, new BatchOptions(2, 0.33) { Variant = variant });
        Assert.Equal(axes, plan.Transforms.OfType<MirrorTransform>().SingleOrDefault()?.Axes ?? []);
    }

    [Fact]
    public void axes_of_a_2d_patch_are_mirrored_where_they_lie_also_when_a_variant_mirrors_fewer()
    {
        Assert.Equal([1, 2], Mirrored("nnUNetTrainer"));
        Assert.Equal([1], Mirrored("nnUNetTrainer_onlyMirror01"));

        static IReadOnlyList<int> Mirrored(string trainer) =>
            PipelineTests.Plan("hippocampus_2d", TrainerAugmentations.Of(trainer)).Transforms.OfType<MirrorTransform>().Single().Axes;
    }

    [Fact]
    public void heavy_augmentation_loads_more_and_turns_axes_for_themselves()
    {
        var cube = Cube();
        Assert.Equal(new VolumeShape(249, 249, 249), AugmentationSettings.For(cube, AugmentationVariant.Heavy).InitialPatch);
        Assert.Equal(new VolumeShape(205, 205, 205), AugmentationSettings.For(cube).InitialPatch);
        var spatial = PipelineTests.Plan("acdc_3d_dummy2d", AugmentationVariant.Heavy).Spatial!;
        Assert.Equal((0.4, 0.5, 0.2, new Between(0.7, 1.43), false), (spatial.RotationChance, spatial.AxisChance, spatial.ScalingChance, spatial.Scaling, spatial.SameScale));
    }

    [Fact]
    public void heavy_augmentation_has_its_rows_in_order()
    {
        var plan = PipelineTests.Plan("brats_regions_3d_masknorm", AugmentationVariant.Heavy);
        Assert.Equal(
            [
                typeof(OneOfTransform), typeof(NoiseTransform), typeof(AdditiveBrightnessTransform), typeof(OneOfTransform), typeof(LowResolutionTransform),
                typeof(GammaTransform), typeof(GammaTransform), typeof(MirrorTransform), typeof(BlankRectanglesTransform), typeof(BrightnessGradientTransform),
                typeof(LocalGammaTransform), typeof(SharpeningTransform), typeof(MaskTransform), typeof(RemoveLabelTransform),
            ],
            plan.Transforms.Select(t => t.GetType()));
        Assert.Equal([0.1, 0.1, 0.15, 0.1, 0.1, 0.4, 0.3, 0.3, 0.2], plan.Transforms.Select(t => t.Chance).Where(chance => chance < 1));
        // 128 x 160 x 112: a tenth to just below a third.
        Assert.Equal([new(12, 41), new(16, 52), new(11, 36)], plan.Transforms.OfType<BlankRectanglesTransform>().Single().Edges);
    }

    [Theory, InlineData("hippocampus_3d", new[] { 0, 2 }), InlineData("brats_regions_3d_masknorm", new int[0]), InlineData("ct_ignore_3d", new[] { 1, 2 })]
    [InlineData("acdc_2d", new int[0])]
    public void axes_of_one_extent_may_change_places(string name, int[] axes)
    {
        var plan = PipelineTests.Plan(name, AugmentationVariant.Heavy);
        Assert.Equal(axes, plan.Transforms.OfType<TransposeTransform>().SingleOrDefault()?.Axes ?? []);
        Assert.Equal(axes, plan.Transforms.OfType<QuarterTurnTransform>().SingleOrDefault()?.Axes ?? []);
    }

    [Fact]
    public void without_dummy_2d_slices_are_turned_about_all_axes_by_thirty_degrees()
    {
        var (configuration, _) = PipelineTests.Inputs("acdc_3d_dummy2d");
        var settings = AugmentationSettings.For(configuration, TrainerAugmentations.Of("nnUNetTrainer_noDummy2DDA"));
        Assert.False(settings.InPlaneOnly);
        Assert.Equal(Math.PI / 6, settings.RotationRange, 1e-12);
        Assert.Equal(AugmentationSettings.InitialPatchFor(settings.Patch, Math.PI / 6, false), settings.InitialPatch);
        var plan = PipelineTests.Plan("acdc_3d_dummy2d", TrainerAugmentations.Of("nnUNetTrainer_noDummy2DDA"));
        Assert.False(plan.Transforms.OfType<LowResolutionTransform>().Single().InPlaneOnly);
    }

    [Theory]
    [InlineData("nnUNetTrainerDA5ord0", true, true), InlineData("nnUNetTrainerDA5Segord0", false, true), InlineData("nnUNetTrainer_DASegOrd0", false, true)]
    [InlineData("nnUNetTrainer", false, false), InlineData("nnUNetTrainerDA5", false, false)]
    public void the_nearest_voxel_is_taken_where_the_trainer_says(string trainer, bool image, bool labels)
    {
        var spatial = PipelineTests.Plan("hippocampus_3d", TrainerAugmentations.Of(trainer)).Spatial!;
        Assert.Equal((image, labels), (spatial.Image == Interpolation.Nearest, spatial.Labels == Interpolation.Nearest));
    }

    [Theory]
    [InlineData("nnUNetTrainer", 0.5), InlineData("nnUNetTrainer_DASegOrd0", 1), InlineData("nnUNetTrainerDA5", 1), InlineData("nnUNetTrainer_onlyMirror01", 0.5)]
    public void each_label_of_the_stage_before_is_changed_with_the_trainers_chance(string trainer, double chance)
    {
        var transforms = PipelineTests.Plan("wholebody_cascade_fullres", TrainerAugmentations.Of(trainer)).Transforms;
        Assert.Equal((chance, chance), (transforms.OfType<BinaryOperatorTransform>().Single().LabelChance, transforms.OfType<RemoveComponentTransform>().Single().LabelChance));
    }

    [Theory, InlineData(2, 0.5), InlineData(1, 0), InlineData(3, 1 / 3.0), InlineData(12, 1 / 3.0), InlineData(5, 0.4)]
    public void oversampling_by_chance_has_the_fraction_that_rounding_leaves_of_the_planned_batch(int planned, double fraction)
    {
        var rule = TrainerAugmentations.Of("nnUNetTrainer_probabilisticOversampling").Foreground.For(batchSize: 7, planned, 0.33);
        Assert.Equal((true, fraction), (rule.ByChance, rule.Fraction));
        Assert.Equal(0.33, TrainerAugmentations.Of("nnUNetTrainer_probabilisticOversampling_033").Foreground.For(7, planned, 0.5).Fraction);
        Assert.Equal(0.1, TrainerAugmentations.Of("nnUNetTrainer_probabilisticOversampling_010").Foreground.For(7, planned, 0.5).Fraction);
    }

    private static Configuration Cube() => PipelineTests.Inputs("hippocampus_3d").Configuration with { PatchSize = [128, 128, 128] };
}
