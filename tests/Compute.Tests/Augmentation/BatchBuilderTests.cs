using System.Runtime.InteropServices;
using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Tests.Networks;

namespace ActorSeg.Compute.Tests.Augmentation;

public class BatchBuilderTests
{
    private static readonly Configuration Configuration = SmallNetworks.Configuration(SmallNetworks.Spec(SmallNetworks.Json("plain3d")));

    [Fact, NoTensorLeak]
    public void a_batch_is_a_function_of_its_key()
    {
        using var a = Builder(augment: true);
        using var b = Builder(augment: true);
        var keys = Enumerable.Range(0, 24).Select(i => new BatchKey(7, new Fold(0), false, i / 8, i % 8)).ToList();
        var forwards = keys.Select(key => Bytes(a, key)).ToList();
        var elsewhere = new byte[keys.Count][];
        Parallel.For(0, keys.Count, i => elsewhere[keys.Count - 1 - i] = Bytes(b, keys[keys.Count - 1 - i]));
        Assert.All(forwards.Zip(elsewhere), pair => Assert.True(pair.First.AsSpan().SequenceEqual(pair.Second)));
        Assert.Equal(keys.Count, forwards.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact, NoTensorLeak]
    public void the_last_sample_of_two_is_centred_on_foreground_and_targets_are_labels()
    {
        using var builder = Builder(augment: false);
        for (var i = 0; i < 10; i++)
        {
            using var batch = builder.Build(new BatchKey(1, Fold.All, true, 0, i), CancellationToken.None);
            Assert.Equal([2L, 1, 16, 20, 12], batch.Data.shape);
            Assert.Equal([2L, 1, 8, 10, 6], batch.Targets[1].shape);
            var labels = MemoryMarshal.Cast<byte, short>(batch.Targets[0].bytes);
            Assert.True(labels[(labels.Length / 2)..].ContainsAny((short)1, (short)2));
            Assert.False(labels.ContainsAnyExceptInRange((short)0, (short)2));
        }
    }

    [Fact, NoTensorLeak]
    public void a_case_that_cannot_be_read_is_named_with_its_batch()
    {
        using var builder = new BatchBuilder(new BrokenStore(), [new CaseId("bad")], Configuration, SmallNetworks.Labels(2), 2, 0.33, augment: true);
        var error = Assert.Throws<SampleException>(() => builder.Build(new BatchKey(1, Fold.All, false, 3, 4), CancellationToken.None));
        Assert.Equal("bad", error.Case.Value);
        Assert.Contains("batch 4 of epoch 3", error.Message);
    }

    private static BatchBuilder Builder(bool augment) =>
        new(new MemoryStore(), [new CaseId("b"), new CaseId("a"), new CaseId("c")], Configuration, SmallNetworks.Labels(2), 2, 0.33, augment);

    private static byte[] Bytes(BatchBuilder builder, BatchKey key)
    {
        using var batch = builder.Build(key, CancellationToken.None);
        return [.. batch.Data.bytes, .. batch.Targets.SelectMany(t => t.bytes.ToArray())];
    }

    private sealed class BrokenStore : ICaseStore
    {
        public IReadOnlyList<CaseId> Cases => [];

        public IStoredCase Open(CaseId id) => throw new DataException("bad.npz", "is damaged", "preprocess again");
    }

    private sealed class MemoryStore : ICaseStore
    {
        public IReadOnlyList<CaseId> Cases => [];

        public IStoredCase Open(CaseId id) => new MemoryCase(id.Value[0]);
    }

    private sealed class MemoryCase : IStoredCase
    {
        private readonly Volume<float> _image = new(1, new VolumeShape(21, 19, 17));
        private readonly short[] _labels;

        public MemoryCase(int seed)
        {
            var random = new Random(seed);
            for (var i = 0; i < _image.Data.Length; i++) _image.Data[i] = random.NextSingle();
            _labels = [.. _image.Data.Select(v => v > 0.99 ? (short)2 : v > 0.95 ? (short)1 : (short)0)];
            var positions = Enumerable.Range(0, _labels.Length).Where(i => _labels[i] == 2).SelectMany(i => (int[])[i / (19 * 17), i / 17 % 19, i % 17]).ToArray();
            Properties = new CaseProperties(
                new Spacing(1, 1, 1), new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]), _image.Shape, Box.Whole(_image.Shape), _image.Shape,
                new ClassLocations([new ClassLocations.Entry([1], false, []), new ClassLocations.Entry([2], false, positions)]));
        }

        public int Channels => 1;

        public VolumeShape Shape => _image.Shape;

        public CaseProperties Properties { get; }

        public void ReadImage(Box box, Span<float> target) => Copy(box, _image.Data, target, 0);

        public void ReadLabels(Box box, Span<short> target) => Copy<short>(box, _labels, target, -1);

        public void Dispose()
        {
        }

        private void Copy<T>(Box box, T[] source, Span<T> target, T outside)
        {
            var at = 0;
            for (var z = box.Low.Z; z < box.High.Z; z++)
                for (var y = box.Low.Y; y < box.High.Y; y++)
                    for (var x = box.Low.X; x < box.High.X; x++)
                        target[at++] = (uint)z < (uint)Shape.Z && (uint)y < (uint)Shape.Y && (uint)x < (uint)Shape.X ? source[(((z * Shape.Y) + y) * Shape.X) + x] : outside;
        }
    }
}
