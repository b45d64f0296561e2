using System.Runtime.InteropServices;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

/// <summary>Batches of labels, regions and cascades, by several trainers' variants.</summary>
public class BatchKindsTests
{
    private static readonly VolumeShape Volume = new(21, 19, 17);
    private static readonly Configuration Cubes = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));
    private static readonly Configuration Slices = Cubes with
    {
        PatchSize = [20, 12],
        Architecture = Cubes.Architecture with { Dimensions = 2, Strides = [.. Cubes.Architecture.Strides.Select(s => s.Skip(1).ToList())] },
    };

    private static readonly BatchOptions Options = new(2, 0.33);
    private static readonly CaseId[] Cases = [new("b"), new("a"), new("c")];

    public static TheoryData<string, string> Trainings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var name in (string[])["cubes", "slabs", "slices", "regions", "cascade"])
                foreach (var trainer in (string[])["nnUNetTrainer", "nnUNetTrainerDA5ord0", "nnUNetTrainer_probabilisticOversampling"])
                    data.Add(name, trainer);
            data.Add("equal", "nnUNetTrainerDA5");
            return data;
        }
    }

    [Theory, NoTensorLeak, MemberData(nameof(Trainings))]
    public void a_batch_is_a_function_of_its_key(string name, string trainer)
    {
        using var a = Builder(name, TrainerAugmentations.Of(trainer));
        using var b = Builder(name, TrainerAugmentations.Of(trainer));
        // Enough batches that every transform has its turn.
        var keys = Enumerable.Range(0, 32).Select(i => new BatchKey(7, new Fold(0), false, i / 8, i % 8)).ToList();
        var forwards = keys.Select(key => Bytes(a, key)).ToList();
        var elsewhere = new byte[keys.Count][];
        Parallel.For(0, keys.Count, i => elsewhere[keys.Count - 1 - i] = Bytes(b, keys[keys.Count - 1 - i]));
        Assert.All(forwards.Zip(elsewhere), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
        Assert.Equal(keys.Count, forwards.Select(Convert.ToHexString).Distinct().Count());
    }

    [Theory, NoTensorLeak]
    [InlineData("nnUNetTrainer"), InlineData("nnUNetTrainerNoDA"), InlineData("nnUNetTrainerDA5"), InlineData("nnUNetTrainer_noDummy2DDA")]
    public void region_batches_hold_one_mask_a_region_and_one_of_what_is_ignored(string trainer)
    {
        using var builder = Builder("regions", TrainerAugmentations.Of(trainer));
        using var labels = Builder("cubes", TrainerAugmentations.Of(trainer));
        for (var i = 0; i < 12; i++)
        {
            var key = new BatchKey(5, Fold.All, false, 0, i);
            using var batch = builder.Build(key, CancellationToken.None);
            using var plain = labels.Build(key, CancellationToken.None);
            Assert.Equal(builder.BatchBytes, batch.Bytes);
            for (var output = 0; output < batch.Targets.Count; output++)
            {
                Assert.Equal(TorchSharp.torch.ScalarType.Bool, batch.Targets[output].dtype);
                Assert.Equal([2L, 3, .. plain.Targets[output].shape[2..]], batch.Targets[output].shape);
                var masks = batch.Targets[output].bytes;
                var map = MemoryMarshal.Cast<byte, short>(plain.Targets[output].bytes);
                var voxels = map.Length / 2;
                for (var at = 0; at < map.Length; at++)
                {
                    var first = (at / voxels * 3 * voxels) + (at % voxels);
                    // Regions (1, 2) and 1; 2 is ignored here.
                    Assert.Equal((map[at] is 1 or 2, map[at] == 1, map[at] == 2), (masks[first] != 0, masks[first + voxels] != 0, masks[first + (2 * voxels)] != 0));
                }
            }
        }
    }

    [Theory, NoTensorLeak, InlineData("nnUNetTrainer"), InlineData("nnUNetTrainerDA5"), InlineData("nnUNetTrainer_DASegOrd0")]
    public void cascade_batches_carry_the_stage_before_as_one_channel_a_label(string trainer)
    {
        using var builder = Builder("cascade", TrainerAugmentations.Of(trainer));
        var changed = 0;
        for (var i = 0; i < 40; i++)
        {
            using var batch = builder.Build(new BatchKey(5, Fold.All, false, 0, i), CancellationToken.None);
            Assert.Equal([2L, 3, 16, 20, 12], batch.Data.shape);
            Assert.Equal(builder.BatchBytes, batch.Bytes);
            var data = MemoryMarshal.Cast<byte, float>(batch.Data.bytes);
            var labels = MemoryMarshal.Cast<byte, short>(batch.Targets[0].bytes);
            var voxels = labels.Length / 2;
            for (var at = 0; at < labels.Length; at++)
            {
                var (one, two) = (data[(at / voxels * 3 * voxels) + voxels + (at % voxels)], data[(at / voxels * 3 * voxels) + (2 * voxels) + (at % voxels)]);
                Assert.True((one, two) is (0, 0) or (0, 1) or (1, 0));
                if (one != (labels[at] > 0 ? 1 : 0)) changed++;
            }
        }

        // Turned and mirrored with the image, and only then made worse, now and then.
        Assert.InRange(changed, 1, 40 * 2 * 3840 / 3);
    }

    [Fact, NoTensorLeak]
    public void validation_of_a_cascade_shows_the_prediction_as_it_is()
    {
        using var builder = Builder("cascade", AugmentationVariant.Default.ForValidation);
        using var batch = builder.Build(new BatchKey(5, Fold.All, true, 0, 0), CancellationToken.None);
        var data = MemoryMarshal.Cast<byte, float>(batch.Data.bytes);
        var labels = MemoryMarshal.Cast<byte, short>(batch.Targets[0].bytes);
        var voxels = labels.Length / 2;
        for (var at = 0; at < voxels; at++) Assert.Equal((labels[at] > 0 ? 1f : 0f, 0f), (data[voxels + at], data[(2 * voxels) + at]));
    }

    [Fact, NoTensorLeak]
    public void a_cascade_without_the_stage_before_is_refused()
    {
        using var builder = new BatchBuilder(new MemoryStore(Volume), Cases, Cubes with { PreviousStage = "3d_lowres" }, SmallNetworks.Labels(2), Options);
        var error = Assert.Throws<SampleException>(() => builder.Build(default, CancellationToken.None));
        Assert.Contains("without the stage before", error.Message);
    }

    [Fact, NoTensorLeak]
    public void a_trainer_without_augmentation_loads_what_its_validation_loads()
    {
        using var training = Builder("cubes", AugmentationVariant.None);
        using var validation = Builder("cubes", AugmentationVariant.None.ForValidation);
        for (var i = 0; i < 5; i++) Assert.Equal(Bytes(validation, new BatchKey(1, Fold.All, false, 0, i)), Bytes(training, new BatchKey(1, Fold.All, false, 0, i)));
    }

    [Fact, NoTensorLeak]
    public void foreground_is_forced_by_chance_where_the_variant_says_so()
    {
        var variant = AugmentationVariant.None with { Foreground = new(ByChance: true, Fraction: 0.5) };
        using var builder = new BatchBuilder(new MemoryStore(new(64, 64, 64)), Cases, Cubes, SmallNetworks.Labels(2), Options with { Variant = variant });
        var centred = new int[2];
        for (var i = 0; i < 60; i++)
        {
            using var batch = builder.Build(new BatchKey(1, Fold.All, false, 0, i), CancellationToken.None);
            var labels = MemoryMarshal.Cast<byte, short>(batch.Targets[0].bytes);
            var voxels = labels.Length / 2;
            // Label 2 is rare: it lies in the middle of the patch by chance one time in a hundred.
            for (var sample = 0; sample < 2; sample++)
                if (labels[(sample * voxels) + (((8 * 20) + 10) * 12) + 6] == 2)
                    centred[sample]++;
        }

        Assert.All(centred, count => Assert.InRange(count, 15, 45));
    }

    private static BatchBuilder Builder(string name, AugmentationVariant variant)
    {
        var labels = SmallNetworks.Labels(2);
        var regions = labels with
        {
            All = [0, 1],
            Ignore = 2,
            HasRegions = true,
            ForegroundClasses = [new LabelClass([1, 2], true), new LabelClass([1], false)],
        };
        var configuration = name switch
        {
            "cascade" => Cubes with { PreviousStage = "3d_lowres" },
            "equal" => Cubes with { PatchSize = [16, 16, 16] },
            "slabs" => Cubes with { PatchSize = [4, 20, 12], UseMaskForNorm = [true] },
            "slices" => Slices,
            _ => Cubes,
        };
        var store = new MemoryStore(Volume, previous: name == "cascade");
        return new BatchBuilder(store, Cases, configuration, name == "regions" ? regions : labels, Options with { Variant = variant });
    }

    private static byte[] Bytes(BatchBuilder builder, BatchKey key)
    {
        using var batch = builder.Build(key, CancellationToken.None);
        return [.. batch.Data.bytes, .. batch.Targets.SelectMany(t => t.bytes.ToArray())];
    }
}
