using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training.Optimizers;
using ActorSeg.Compute.Training.Pretraining;

namespace ActorSeg.Compute.Training;

/// <summary>nnU-Net's trainers that begin with a pretrained encoder (spec 05 section 16).</summary>
internal static class PretrainedTrainers
{
    private const int Warmup = 50, ShortWarmup = 15;
    private const string Name = "PretrainedTrainer", Silent = "_nomirroring", AdamShort = "_adam_150ep";

    /// <summary>All of them.</summary>
    public static IEnumerable<TrainerVariant> All() => [.. Planned(), .. Dynamic(), .. Primus()];

    private static TrainerVariant Trainer => new(Name)
    {
        Network = new PretrainableRecipe(),
        Schedule = new LearningRateSchedule.Warmup(Warmup),
        InitialLearningRate = 1e-3,
        BatchSize = 2,
        Pretraining = new PretrainingRecipe(ScratchRate: 1e-2),
    };

    private static OptimizerRecipe AdamW => new OptimizerRecipe.Adam(Decoupled: true, Beta2: 0.98);

    private static IEnumerable<TrainerVariant> Planned()
    {
        var shorter = Short(Trainer, 150);
        foreach (var one in (TrainerVariant[])[Trainer, shorter, Short(Transformer, 150) with { Name = Name + AdamShort }])
        {
            yield return one;
            yield return Unmirrored(one);
        }

        yield return Short(Trainer, 300);
        yield return Slower(Trainer);
        // SGD in spite of its name.
        yield return Unmirrored(Trainer) with { Name = $"{Name}_adam_{Silent}" };
    }

    private static IEnumerable<TrainerVariant> Dynamic()
    {
        var adamW = Short(Trainer, 150) with { Name = Name + AdamShort, Optimizer = AdamW, InitialLearningRate = 1e-4, Pretraining = new PretrainingRecipe(ScratchRate: 3e-4) };
        foreach (var one in (TrainerVariant[])[Trainer, adamW])
        {
            var dynamic = one with { Name = $"Dynamic{one.Name}", Pretraining = one.Pretraining! with { Adapt = true } };
            yield return dynamic;
            yield return Unmirrored(dynamic);
        }
    }

    private static TrainerVariant Transformer => Trainer with
    {
        Name = $"{Name}_Primus",
        Optimizer = AdamW,
        InitialLearningRate = 1e-4,
        WeightDecay = 0.05,
        GradientClip = 1,
        Pretraining = new PretrainingRecipe(ScratchRate: 3e-4),
    };

    private static IEnumerable<TrainerVariant> Primus()
    {
        yield return Transformer;
        yield return Short(Transformer, 150);
        var described = Transformer with { Name = $"{Name}_Primusx", Network = new PretrainableRecipe(DropsBranches: true) };
        var shorter = Short(described, 150);
        foreach (var one in (TrainerVariant[])[described, shorter])
        {
            yield return one;
            yield return Unmirrored(one);
        }

        yield return Short(described, 30) with { Schedule = new LearningRateSchedule.Warmup(3) };
        yield return Short(described, 300);
        yield return Slower(described);
        yield return shorter with { Name = $"{shorter.Name}_lr3e4", Schedule = described.Schedule, InitialLearningRate = 3e-4 };
        yield return shorter with { Name = $"{shorter.Name}_small_debug", PatchEdge = 48 };
    }

    private static TrainerVariant Short(TrainerVariant trainer, int epochs) =>
        trainer with { Name = $"{trainer.Name}_{epochs}ep", Epochs = epochs, Schedule = new LearningRateSchedule.Warmup(ShortWarmup) };

    private static TrainerVariant Slower(TrainerVariant trainer) =>
        trainer with { Name = $"{trainer.Name}_smallerlr", InitialLearningRate = 3e-5, WeightDecay = 0.05, Pretraining = new PretrainingRecipe(ScratchRate: 1e-4) };

    private static TrainerVariant Unmirrored(TrainerVariant trainer) => trainer with { Name = trainer.Name + Silent, Augmentation = TrainerAugmentations.Of("nnUNetTrainerNoMirroring") };
}
