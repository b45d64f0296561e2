using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Losses;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Networks.Primus;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Training.Optimizers;

namespace ActorSeg.Compute.Training;

/// <summary>nnU-Net's trainers by their class names (spec 05 section 16).</summary>
public static class TrainerCatalog
{
    /// <summary>The trainer of the default command.</summary>
    public const string DefaultName = "nnUNetTrainer";

    // Spec 05 section 16: the warm-up of all trainers that have one, but for short pretrained ones.
    private const int WarmupEpochs = 50;

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, TrainerVariant> All { get; } =
        Lengths().Concat(Augmentations()).Concat(Losses()).Concat(Optimizers()).Concat(Networks()).Concat(Primus()).Concat(PretrainedTrainers.All())
            .ToDictionary(trainer => trainer.Name, StringComparer.Ordinal);

    /// <summary>A trainer by its name.</summary>
    /// <param name="name">A class name.</param>
    /// <param name="others">Names that are known elsewhere, to be told of as well.</param>
    /// <exception cref="UsageException">There is none; the nearest names are told.</exception>
    public static TrainerVariant Find(string name, params IReadOnlyList<string> others)
    {
        if (All.TryGetValue(name, out var found)) return found;
        var near = All.Keys.Concat(others).OrderBy(known => Nearest.Edits(known, name)).Take(3);
        throw new UsageException($"-tr {name} is not known; the nearest are {string.Join(", ", near)}");
    }

    private static TrainerVariant Trainer(string ending) => new(DefaultName + ending) { Augmentation = TrainerAugmentations.Of(DefaultName + ending) };

    private static IEnumerable<TrainerVariant> Lengths()
    {
        yield return Trainer("");
        foreach (var epochs in (int[])[1, 5, 10, 20, 50, 100, 250, 500, 750, 2000, 4000, 8000])
            yield return Trainer($"_{epochs}epoch{(epochs == 1 ? "" : "s")}") with { Epochs = epochs };
        foreach (var epochs in (int[])[250, 2000, 4000, 8000]) yield return Trainer($"_{epochs}epochs_NoMirroring") with { Epochs = epochs };
        var benchmark = Trainer("Benchmark_5epochs") with { Epochs = 5, Benchmark = true };
        yield return benchmark;
        yield return benchmark with { Name = $"{benchmark.Name}_noDataLoading", MadeData = true };
    }

    private static IEnumerable<TrainerVariant> Augmentations()
    {
        foreach (var name in TrainerAugmentations.Special.Keys.Where(name => !name.Contains("epochs_NoMirroring", StringComparison.Ordinal)))
        {
            var trainer = Trainer(name[DefaultName.Length..]);
            yield return name switch
            {
                "nnUNetTrainer_onlyMirror01_1500ep" => trainer with { Epochs = 1500 },
                "nnUNetTrainerDA5_10epochs" => trainer with { Epochs = 10 },
                _ => trainer,
            };
        }
    }

    private static IEnumerable<TrainerVariant> Losses()
    {
        var voxels = new LossRecipe { DiceWeight = 0 };
        yield return Trainer("DiceLoss") with { Loss = new() { VoxelWeight = 0 } };
        yield return Trainer("DiceCELoss_noSmooth") with { Loss = new() { Smooth = 0 } };
        yield return Trainer("CELoss") with { Loss = voxels };
        yield return Trainer("CELoss_5epochs") with { Loss = voxels, Epochs = 5 };
        yield return Trainer("Topk10Loss") with { Loss = voxels with { HardestFraction = 0.1 } };
        yield return Trainer("Topk10LossLS01") with { Loss = voxels with { HardestFraction = 0.1, LabelSmoothing = 0.1 } };
        yield return Trainer("DiceTopK10Loss") with { Loss = new() { HardestFraction = 0.1 } };
    }

    private static IEnumerable<TrainerVariant> Optimizers()
    {
        yield return Trainer("CosAnneal") with { Schedule = new LearningRateSchedule.Cosine() };
        yield return Trainer("_warmup") with { Schedule = new LearningRateSchedule.Warmup(WarmupEpochs) };
        (string Name, OptimizerRecipe Recipe)[] families =
        [
            ("Adam", new OptimizerRecipe.Adam(Decoupled: true, AmsGrad: true)), ("VanillaAdam", new OptimizerRecipe.Adam(Decoupled: false)), ("Adan", new OptimizerRecipe.Adan()),
        ];
        foreach (var (name, recipe) in families)
        {
            var family = Trainer(name) with { Optimizer = recipe };
            yield return family;
            yield return family with { Name = $"{family.Name}1en3", InitialLearningRate = 1e-3 };
            yield return family with { Name = $"{family.Name}3en4", InitialLearningRate = 3e-4 };
            if (recipe is not OptimizerRecipe.Adan) continue;
            yield return family with { Name = $"{family.Name}1en1", InitialLearningRate = 1e-1 };
            yield return family with { Name = $"{family.Name}CosAnneal", Schedule = new LearningRateSchedule.Cosine() };
        }
    }

    private static IEnumerable<TrainerVariant> Networks()
    {
        yield return Trainer("BN") with { Network = new NetworkRecipe.Planned(BatchNorm: true) };
        yield return Trainer("NoDeepSupervision") with { Network = new NetworkRecipe.Planned(DeepSupervision: false) };
        yield return new TrainerVariant("nnUNet_Trainer_BS8") { BatchSize = 8 };
    }

    private static IEnumerable<TrainerVariant> Primus()
    {
        foreach (var version in Enum.GetValues<PrimusVersion>())
            foreach (var size in Enum.GetValues<PrimusSize>())
            {
                var name = version == PrimusVersion.V1 ? $"nnUNet_Primus_{size}_Trainer" : $"nnUNet_Primus{version}{size}_Trainer";
                var trainer = new TrainerVariant(name)
                {
                    Network = new PrimusRecipe(PrimusSpec.Of(version, size)),
                    Optimizer = new OptimizerRecipe.Adam(Decoupled: true, Beta2: 0.98),
                    Schedule = new LearningRateSchedule.Warmup(WarmupEpochs),
                    InitialLearningRate = 3e-4,
                    WeightDecay = 0.05,
                    GradientClip = 1,
                };
                yield return trainer;
                if (version != PrimusVersion.V1) continue;
                var edge = size == PrimusSize.L ? 48 : 96;
                yield return trainer with { Name = $"_Primus_{size}_{edge}_BS1", PatchEdge = edge, BatchSize = 1 };
                if (size != PrimusSize.M) continue;
                yield return trainer with { Name = $"{name}_BS8", BatchSize = 8 };
                yield return trainer with { Name = $"{name}_BS8_2e4", BatchSize = 8, InitialLearningRate = 2e-4 };
            }
    }
}
