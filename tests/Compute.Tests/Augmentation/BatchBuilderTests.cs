using System.Runtime.InteropServices;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Storage;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

public class BatchBuilderTests
{
    private static readonly VolumeShape Volume = new(21, 19, 17);
    private static readonly Configuration Cubes = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));
    private static readonly Configuration Slabs = Cubes with { PatchSize = [4, 20, 12], UseMaskForNorm = [true] };
    private static readonly Configuration Slices = Cubes with
    {
        PatchSize = [20, 12],
        Architecture = Cubes.Architecture with { Dimensions = 2, Strides = [.. Cubes.Architecture.Strides.Select(s => s.Skip(1).ToList())] },
    };

    private static readonly BatchOptions Options = new(2, 0.33);
    private static readonly CaseId[] Cases = [new("b"), new("a"), new("c")];

    public static TheoryData<string> Configurations => ["cubes", "slabs", "slices"];

    [Theory, NoTensorLeak, MemberData(nameof(Configurations))]
    public void augmented_batches_hold_finite_images_and_labels_of_the_data_set(string name)
    {
        var configuration = Named(name);
        using var builder = Builder(configuration, augment: true);
        for (var i = 0; i < 40; i++)
        {
            using var batch = builder.Build(new BatchKey(5, Fold.All, false, 0, i), CancellationToken.None);
            Assert.Equal([2L, 1, .. configuration.PatchSize.Select(p => (long)p)], batch.Data.shape);
            Assert.Equal(batch.Bytes, builder.BatchBytes);
            foreach (var value in MemoryMarshal.Cast<byte, float>(batch.Data.bytes)) Assert.True(float.IsFinite(value));
            foreach (var target in batch.Targets)
                Assert.False(MemoryMarshal.Cast<byte, short>(target.bytes).ContainsAnyExceptInRange((short)0, (short)2));
        }
    }

    [Fact, NoTensorLeak]
    public void the_last_sample_of_two_is_centred_on_foreground_and_targets_are_labels()
    {
        using var builder = Builder(Cubes, augment: false);
        for (var i = 0; i < 10; i++)
        {
            using var batch = builder.Build(new BatchKey(1, Fold.All, true, 0, i), CancellationToken.None);
            Assert.Equal([2L, 1, 16, 20, 12], batch.Data.shape);
            Assert.Equal([2L, 1, 8, 10, 6], batch.Targets[1].shape);
            var labels = MemoryMarshal.Cast<byte, short>(batch.Targets[0].bytes);
            Assert.True(labels[(labels.Length / 2)..].ContainsAny((short)1, (short)2));
        }
    }

    [Fact, NoTensorLeak]
    public void validation_patches_are_the_volume_as_it_is()
    {
        using var builder = Builder(Cubes, augment: false);
        using var batch = builder.Build(new BatchKey(1, Fold.All, true, 0, 0), CancellationToken.None);
        var values = MemoryMarshal.Cast<byte, float>(batch.Data.bytes);
        using var stored = new MemoryStore(Volume).Open(batch.Cases[0]);
        var known = new float[Volume.Voxels];
        stored.ReadImage(Box.Whole(Volume), known);
        var all = known.ToHashSet();
        foreach (var value in values[..(values.Length / 2)]) Assert.True(value == 0 || all.Contains(value));
    }

    [Fact, NoTensorLeak]
    public void the_tensors_of_a_batch_that_is_done_with_serve_the_next_which_is_the_one_that_it_would_have_been()
    {
        using var builder = Builder(Cubes, augment: true);
        using var fresh = Builder(Cubes, augment: true);
        var key = new BatchKey(5, Fold.All, false, 0, 1);
        var first = builder.Build(key with { Index = 0 }, CancellationToken.None);
        using var held = builder.Build(key with { Index = 2 }, CancellationToken.None);
        Assert.NotSame(first.Data, held.Data);
        first.Dispose();
        first.Dispose();
        using var second = builder.Build(key, CancellationToken.None);
        using var third = builder.Build(key, CancellationToken.None);
        Assert.Same(first.Data, second.Data);
        Assert.NotSame(first.Data, third.Data);
        using var expected = fresh.Build(key, CancellationToken.None);
        Assert.True(expected.Data.bytes.SequenceEqual(second.Data.bytes));
        foreach (var (target, other) in expected.Targets.Zip(second.Targets)) Assert.True(target.bytes.SequenceEqual(other.bytes));
    }

    [Fact, NoTensorLeak]
    public void a_batch_that_outlives_its_builder_takes_its_tensors_with_it()
    {
        Batch batch;
        using (var builder = Builder(Cubes, augment: false)) batch = builder.Build(new BatchKey(5, Fold.All, false, 0, 0), CancellationToken.None);
        Assert.False(batch.Data.IsInvalid);
        batch.Dispose();
        Assert.True(batch.Data.IsInvalid);
    }

    [Theory, NoTensorLeak, MemberData(nameof(Configurations))]
    public void once_warm_next_to_nothing_is_allocated_on_the_managed_heap(string name)
    {
        using var builder = Builder(Named(name), augment: true);
        void Build(int from, int to)
        {
            for (var i = from; i < to; i++) builder.Build(new BatchKey(5, Fold.All, false, 0, i), CancellationToken.None).Dispose();
        }

        Build(0, 30);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Build(30, 60);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 30, 0, 64 << 10);
    }

    [Fact, NoTensorLeak]
    public void cases_are_opened_once_and_let_go_of_with_the_builder()
    {
        var store = new MemoryStore(Volume);
        using (var builder = Builder(Cubes, augment: true, store))
            Parallel.For(0, 24, i => Bytes(builder, new BatchKey(1, Fold.All, false, 0, i)));
        Assert.Equal((3, 3), (store.Opened, store.Disposed));
    }

    [Fact, NoTensorLeak]
    public void cases_beyond_the_budget_are_let_go_of_and_batches_stay_the_same()
    {
        var store = new MemoryStore(Volume);
        using var all = Builder(Cubes, augment: true);
        var keys = Enumerable.Range(0, 24).Select(i => new BatchKey(1, Fold.All, false, 0, i)).ToList();
        var expected = keys.Select(key => Bytes(all, key)).ToList();
        var oneCase = Volume.Voxels * (sizeof(float) + sizeof(short) + sizeof(int));
        using (var few = new BatchBuilder(store, Cases, Cubes, SmallNetworks.Labels(2), Options with { OpenBytes = oneCase }))
        {
            var actual = new byte[keys.Count][];
            var most = 0;
            foreach (var i in Enumerable.Range(0, keys.Count))
            {
                actual[i] = Bytes(few, keys[i]);
                most = Math.Max(most, store.Opened - store.Disposed);
            }

            Assert.All(expected.Zip(actual), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
            Assert.Equal(1, most);
            Assert.True(store.Opened > 3);
            Parallel.For(0, keys.Count, i => Assert.True(expected[i].AsSpan().SequenceEqual(Bytes(few, keys[i]))));
            Assert.InRange(store.Opened - store.Disposed, 0, 1);
        }

        Assert.Equal(store.Opened, store.Disposed);
    }

    [Fact, NoTensorLeak]
    public void a_case_is_not_let_go_of_while_it_is_read()
    {
        var store = new MemoryStore(Volume) { FailWhenReadAfterDisposal = true };
        using var builder = new BatchBuilder(store, Cases, Cubes, SmallNetworks.Labels(2), Options with { OpenBytes = 0 });
        Parallel.For(0, 64, i => Bytes(builder, new BatchKey(1, Fold.All, false, 0, i)));
        Assert.Equal(store.Opened, store.Disposed);
    }

    [Fact, NoTensorLeak]
    public void a_builder_disposed_while_a_batch_is_built_keeps_the_cases_until_it_is_done()
    {
        var store = new MemoryStore(Volume);
        var builder = Builder(Cubes, augment: true, store);
        var disposedWhileReading = 0;
        store.OnRead = () =>
        {
            builder.Dispose();
            disposedWhileReading += store.Disposed;
        };
        Bytes(builder, new BatchKey(1, Fold.All, false, 0, 0));
        Assert.Equal(0, disposedWhileReading);
        Assert.Equal(store.Opened, store.Disposed);
        Assert.Throws<ObjectDisposedException>(() => builder.Build(default, CancellationToken.None));
    }

    [Fact, NoTensorLeak]
    public void a_case_that_cannot_be_read_is_named_with_its_batch_and_may_be_read_the_next_time()
    {
        var broken = true;
        var store = new MemoryStore(Volume) { OnOpen = _ => { if (broken) throw new DataException("bad.npz", "is damaged", "preprocess again"); } };
        using var builder = new BatchBuilder(store, [new CaseId("bad")], Cubes, SmallNetworks.Labels(2), Options);
        var key = new BatchKey(1, Fold.All, false, 3, 4);
        var error = Assert.Throws<SampleException>(() => builder.Build(key, CancellationToken.None));
        Assert.Equal(("bad", key), (error.Case.Value, error.Key));
        Assert.Contains("batch 4 of epoch 3", error.Message);
        Assert.IsType<DataException>(error.InnerException);
        broken = false;
        Assert.NotEmpty(Bytes(builder, key));
    }

    [Fact, NoTensorLeak]
    public void a_batch_without_some_cases_is_a_function_of_key_and_cases_and_keeps_the_samples_of_the_others()
    {
        using var builder = Builder(Cubes, augment: true);
        var without = new HashSet<CaseId> { new("a") };
        var replaced = 0;
        foreach (var key in Enumerable.Range(0, 24).Select(i => new BatchKey(7, new Fold(0), false, 0, i)))
        {
            using var whole = builder.Build(key, CancellationToken.None);
            using var rest = builder.Build(key, without, CancellationToken.None);
            using var again = builder.Build(key, new HashSet<CaseId> { new("a"), new("of another fold") }, CancellationToken.None);
            Assert.Equal(rest.Cases, builder.CasesOf(key, without));
            Assert.True(rest.Data.bytes.SequenceEqual(again.Data.bytes));
            var size = rest.Data.bytes.Length / 2;
            for (var sample = 0; sample < 2; sample++)
            {
                Assert.NotEqual("a", rest.Cases[sample].Value);
                var same = whole.Data.bytes.Slice(sample * size, size).SequenceEqual(rest.Data.bytes.Slice(sample * size, size));
                Assert.Equal(whole.Cases[sample].Value != "a", same);
                if (!same) replaced++;
            }
        }

        Assert.InRange(replaced, 5, 30);
    }

    [Fact, NoTensorLeak]
    public void without_any_case_there_is_no_batch()
    {
        using var builder = Builder(Cubes, augment: true);
        var error = Assert.Throws<DataException>(() => builder.Build(default, Cases.ToHashSet(), CancellationToken.None));
        Assert.Contains("none of the fold's 3 training cases", error.Message);
    }

    [Fact, NoTensorLeak]
    public void a_case_that_cannot_be_read_any_more_is_opened_anew_the_next_time()
    {
        var (store, broken) = (new MemoryStore(Volume), false);
        store.OnRead = () => { if (broken) throw new DataException("a.npz", "was changed", "leave it alone"); };
        using (var builder = new BatchBuilder(store, [new CaseId("a")], Cubes, SmallNetworks.Labels(2), Options))
        {
            var before = Bytes(builder, default);
            broken = true;
            Assert.Throws<SampleException>(() => builder.Build(default, CancellationToken.None));
            Assert.Equal((1, 1), (store.Opened, store.Disposed));
            broken = false;
            Assert.True(before.AsSpan().SequenceEqual(Bytes(builder, default)));
            Assert.Equal(2, store.Opened);
        }

        Assert.Equal(2, store.Disposed);
    }

    [Fact, NoTensorLeak]
    public void a_batch_says_what_it_took_to_read_and_to_augment()
    {
        var store = new MemoryStore(Volume) { OnRead = () => Thread.SpinWait(100_000) };
        using var builder = Builder(Cubes, augment: true, store);
        using var batch = builder.Build(default, CancellationToken.None);
        Assert.True(batch.Cost.Read > TimeSpan.Zero);
        Assert.True(batch.Cost.Augment > TimeSpan.Zero);
    }

    [Fact, NoTensorLeak]
    public void a_case_with_other_channels_than_the_plans_is_refused()
    {
        using var builder = Builder(Cubes, augment: true, new MemoryStore(Volume, channels: 2));
        var error = Assert.Throws<SampleException>(() => builder.Build(default, CancellationToken.None));
        Assert.Contains("has 2 channels where the plans have 1", error.Message);
    }

    [Fact, NoTensorLeak]
    public void a_stop_ends_the_build()
    {
        using var builder = Builder(Cubes, augment: true);
        Assert.Throws<OperationCanceledException>(() => builder.Build(default, new CancellationToken(canceled: true)));
    }

    private static Configuration Named(string name) => name switch { "cubes" => Cubes, "slabs" => Slabs, _ => Slices };

    private static BatchBuilder Builder(Configuration configuration, bool augment, ICaseStore? store = null) =>
        new(store ?? new MemoryStore(Volume), Cases, configuration, SmallNetworks.Labels(2),
            Options with { Variant = augment ? AugmentationVariant.Default : AugmentationVariant.Default.ForValidation });

    private static byte[] Bytes(BatchBuilder builder, BatchKey key)
    {
        using var batch = builder.Build(key, CancellationToken.None);
        return [.. batch.Data.bytes, .. batch.Targets.SelectMany(t => t.bytes.ToArray())];
    }
}
