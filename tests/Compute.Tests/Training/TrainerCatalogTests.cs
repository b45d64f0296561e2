using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
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

    [Fact]
    public void the_catalog_is_nnunets_list_name_by_name()
    {
        // Spec 05 section 16.
        string[] endings =
        [
            "", "_1epoch", "_5epochs", "_10epochs", "_20epochs", "_50epochs", "_100epochs", "_250epochs", "_500epochs", "_750epochs", "_2000epochs", "_4000epochs", "_8000epochs",
            "_250epochs_NoMirroring", "_2000epochs_NoMirroring", "_4000epochs_NoMirroring", "_8000epochs_NoMirroring", "NoMirroring", "_onlyMirror01", "_onlyMirror01_1500ep",
            "_onlyMirror01_DASegOrd0", "_onlyMirror01_DA5", "_DASegOrd0", "_DASegOrd0_NoMirroring", "NoDA", "_noDummy2DDA", "DA5", "DA5ord0", "DA5Segord0", "DA5_10epochs",
            "DiceLoss", "DiceCELoss_noSmooth", "CELoss", "CELoss_5epochs", "Topk10Loss", "Topk10LossLS01", "DiceTopK10Loss", "CosAnneal", "_warmup", "Adam", "Adam1en3", "Adam3en4",
            "VanillaAdam", "VanillaAdam1en3", "VanillaAdam3en4", "Adan", "Adan1en3", "Adan3en4", "Adan1en1", "AdanCosAnneal", "BN", "NoDeepSupervision", "_probabilisticOversampling",
            "_probabilisticOversampling_033", "_probabilisticOversampling_010", "Benchmark_5epochs", "Benchmark_5epochs_noDataLoading",
        ];
        string[] pretrained =
        [
            "PretrainedTrainer", "PretrainedTrainer_150ep", "PretrainedTrainer_300ep", "PretrainedTrainer_smallerlr", "PretrainedTrainer_nomirroring", "PretrainedTrainer_150ep_nomirroring",
            "PretrainedTrainer_adam__nomirroring", "PretrainedTrainer_adam_150ep", "PretrainedTrainer_adam_150ep_nomirroring", "DynamicPretrainedTrainer",
            "PretrainedTrainer_Primus", "PretrainedTrainer_Primus_150ep", "PretrainedTrainer_Primusx", "PretrainedTrainer_Primusx_30ep", "PretrainedTrainer_Primusx_150ep",
            "PretrainedTrainer_Primusx_300ep", "PretrainedTrainer_Primusx_smallerlr", "PretrainedTrainer_Primusx_150ep_lr3e4", "PretrainedTrainer_Primusx_150ep_small_debug",
            "PretrainedTrainer_Primusx_nomirroring", "PretrainedTrainer_Primusx_150ep_nomirroring", "DynamicPretrainedTrainer_nomirroring", "DynamicPretrainedTrainer_adam_150ep", "DynamicPretrainedTrainer_adam_150ep_nomirroring",
        ];
        string[] primus = [.. from size in (string[])["S", "B", "M", "L"] from name in (string[])[$"nnUNet_Primus_{size}", $"nnUNet_PrimusV2{size}", $"nnUNet_PrimusV3{size}"] select $"{name}_Trainer"];
        string[] others =
        [
            "nnUNet_Primus_M_Trainer_BS8", "nnUNet_Primus_M_Trainer_BS8_2e4", "nnUNet_Trainer_BS8", "_Primus_S_96_BS1", "_Primus_B_96_BS1", "_Primus_M_96_BS1", "_Primus_L_48_BS1",
        ];
        Assert.Equal(
            endings.Select(ending => "nnUNetTrainer" + ending).Concat(pretrained).Concat(primus).Concat(others).Order(StringComparer.Ordinal),
            TrainerCatalog.All.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("PretrainedTrainer", 1000, 1e-3, 1e-2, 50, 3e-5, 12.0), InlineData("PretrainedTrainer_300ep", 300, 1e-3, 1e-2, 15, 3e-5, 12.0)]
    [InlineData("PretrainedTrainer_smallerlr", 1000, 3e-5, 1e-4, 50, 0.05, 12.0), InlineData("PretrainedTrainer_adam_150ep", 150, 1e-4, 3e-4, 15, 0.05, 1.0)]
    [InlineData("DynamicPretrainedTrainer_adam_150ep", 150, 1e-4, 3e-4, 15, 3e-5, 12.0), InlineData("PretrainedTrainer_Primusx", 1000, 1e-4, 3e-4, 50, 0.05, 1.0)]
    [InlineData("PretrainedTrainer_Primus_150ep", 150, 1e-4, 3e-4, 15, 0.05, 1.0), InlineData("PretrainedTrainer_Primusx_30ep", 30, 1e-4, 3e-4, 3, 0.05, 1.0)]
    [InlineData("PretrainedTrainer_Primusx_smallerlr", 1000, 3e-5, 1e-4, 50, 0.05, 1.0), InlineData("PretrainedTrainer_Primusx_150ep_lr3e4", 150, 3e-4, 3e-4, 50, 0.05, 1.0)]
    public void trainers_of_pretrained_encoders_have_their_rates(string name, int epochs, double rate, double fromScratch, int warmup, double decay, double clip)
    {
        var trainer = TrainerCatalog.Find(name);
        Assert.Equal((epochs, rate, decay, clip, 2), (trainer.Epochs, trainer.InitialLearningRate, trainer.WeightDecay, trainer.GradientClip, trainer.BatchSize));
        Assert.Equal(new LearningRateSchedule.Warmup(warmup), trainer.Schedule);
        Assert.Equal((fromScratch, name.StartsWith("Dynamic", StringComparison.Ordinal)), (trainer.Pretraining!.ScratchRate, trainer.Pretraining.Adapt));
        Assert.Equal(name.Contains("adam", StringComparison.Ordinal) || name.Contains("Primus", StringComparison.Ordinal), trainer.Optimizer is OptimizerRecipe.Adam { Decoupled: true, Beta2: 0.98 });
        Assert.False(trainer.HasDeepSupervision);
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
