using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Tests.Networks;
using ActorSeg.Compute.Training;
using ActorSeg.Compute.Training.Optimizers;

namespace ActorSeg.Compute.Tests.Training;

public class TrainerCatalogTests
{
    [Fact]
    public void the_default_trainer_has_the_options_of_the_specification()
    {
        var trainer = TrainerCatalog.Find("nnUNetTrainer");
        Assert.Equal(new TrainerVariant("nnUNetTrainer"), trainer);
        Assert.Equal(new TrainingOptions { BatchSize = 9 }, trainer.Options(9));
        Assert.True(trainer.HasDeepSupervision);
    }

    // Spec 05 section 16.
    [Theory]
    [InlineData("nnUNetTrainer_1epoch", 1), InlineData("nnUNetTrainer_5epochs", 5), InlineData("nnUNetTrainer_8000epochs", 8000)]
    [InlineData("nnUNetTrainer_250epochs_NoMirroring", 250), InlineData("nnUNetTrainer_onlyMirror01_1500ep", 1500), InlineData("nnUNetTrainerDA5_10epochs", 10)]
    [InlineData("nnUNetTrainerCELoss_5epochs", 5), InlineData("nnUNetTrainerBenchmark_5epochs", 5), InlineData("nnUNetTrainerNoDA", 1000)]
    public void names_with_a_length_have_it(string name, int epochs) => Assert.Equal(epochs, TrainerCatalog.Find(name).Epochs);

    [Fact]
    public void losses_optimizers_schedules_and_networks_are_those_of_the_names()
    {
        Assert.Equal(new LossRecipe { VoxelWeight = 0 }, TrainerCatalog.Find("nnUNetTrainerDiceLoss").Loss);
        Assert.Equal(new LossRecipe { DiceWeight = 0, HardestFraction = 0.1, LabelSmoothing = 0.1 }, TrainerCatalog.Find("nnUNetTrainerTopk10LossLS01").Loss);
        Assert.Equal(new OptimizerRecipe.Adam(Decoupled: true, AmsGrad: true), TrainerCatalog.Find("nnUNetTrainerAdam").Optimizer);
        Assert.Equal((3e-4, new OptimizerRecipe.Adam(Decoupled: false)), (TrainerCatalog.Find("nnUNetTrainerVanillaAdam3en4").InitialLearningRate, TrainerCatalog.Find("nnUNetTrainerVanillaAdam3en4").Optimizer));
        Assert.Equal(0.1, TrainerCatalog.Find("nnUNetTrainerAdan1en1").InitialLearningRate);
        Assert.Equal(new LearningRateSchedule.Cosine(), TrainerCatalog.Find("nnUNetTrainerAdanCosAnneal").Schedule);
        Assert.Equal(new LearningRateSchedule.Warmup(50), TrainerCatalog.Find("nnUNetTrainer_warmup").Schedule);
        Assert.Equal(new NetworkRecipe.Planned(BatchNorm: true), TrainerCatalog.Find("nnUNetTrainerBN").Network);
        Assert.False(TrainerCatalog.Find("nnUNetTrainerNoDeepSupervision").HasDeepSupervision);
    }

    [Fact]
    public void primus_trainers_have_their_own_network_optimizer_and_patch()
    {
        var trainer = TrainerCatalog.Find("_Primus_L_48_BS1");
        Assert.Equal(new PrimusRecipe(PrimusSpec.Of(PrimusVersion.V1, PrimusSize.L)), trainer.Network);
        Assert.Equal((0.05, 1.0, 3e-4), (trainer.WeightDecay, trainer.GradientClip, trainer.InitialLearningRate));
        var adapted = trainer.Adapt(SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d"))));
        Assert.Equal([48, 48, 48], adapted.PatchSize);
        Assert.Equal(1, adapted.BatchSize);
        Assert.Equal(8, TrainerCatalog.Find("nnUNet_Primus_M_Trainer_BS8_2e4").BatchSize);
        Assert.NotNull(TrainerCatalog.Find("nnUNet_PrimusV3B_Trainer"));
    }

    [Fact]
    public void every_trainer_that_augments_otherwise_is_there_and_does()
    {
        foreach (var (name, variant) in TrainerAugmentations.Special) Assert.Equal(variant, TrainerCatalog.Find(name).Augmentation);
    }

    [Fact]
    public void a_misspelt_name_is_refused_with_those_that_come_near() =>
        Assert.Contains("nnUNetTrainerNoMirroring", Assert.Throws<UsageException>(() => TrainerCatalog.Find("nnUNetTrainerNoMiroring")).Message);
}
