using ActorSeg.Compute.Imaging;
using ActorSeg.Compute.Preprocessing;
using ActorSeg.Compute.Preprocessing.Storage;

namespace ActorSeg.Compute.Tests.Augmentation;

/// <summary>Random cases held in memory. Counts what is opened and let go of.</summary>
internal sealed class MemoryStore(VolumeShape shape, int channels = 1, bool previous = false) : ICaseStore
{
    private int _opened, _disposed;

    public IReadOnlyList<CaseId> Cases => [];

    public int Opened => _opened;

    public int Disposed => _disposed;

    /// <summary>What opening does first.</summary>
    public Action<CaseId> OnOpen { get; set; } = _ => { };

    /// <summary>What reading an image does first.</summary>
    public Action OnRead { get; set; } = () => { };

    /// <summary>Whether a read throws once the case has been disposed, as a read of an unmapped file would.</summary>
    public bool FailWhenReadAfterDisposal { get; init; }

    public IStoredCase Open(CaseId id)
    {
        OnOpen(id);
        Interlocked.Increment(ref _opened);
        return new MemoryCase(this, id.Value[0], shape, channels, previous);
    }

    private sealed class MemoryCase : IStoredCase
    {
        private readonly MemoryStore _store;
        private readonly float[] _image;
        private readonly short[] _labels;
        private volatile bool _gone;

        public MemoryCase(MemoryStore store, int seed, VolumeShape shape, int channels, bool previous)
        {
            (_store, Shape, Channels, HasPreviousLabels) = (store, shape, channels, previous);
            var random = new Random(seed);
            _image = new float[channels * shape.Voxels];
            for (var i = 0; i < _image.Length; i++) _image[i] = random.NextSingle();
            _labels = [.. _image.Take((int)shape.Voxels).Select(v => v > 0.99 ? (short)2 : v > 0.95 ? (short)1 : v < 0.01 ? (short)-1 : (short)0)];
            var positions = Enumerable.Range(0, _labels.Length).Where(i => _labels[i] == 2)
                .SelectMany(i => (int[])[i / (shape.Y * shape.X), i / shape.X % shape.Y, i % shape.X]).ToArray();
            Properties = new CaseProperties(
                new Spacing(1, 1, 1), new ImageGeometry([1, 1, 1], [0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0, 1]), shape, Box.Whole(shape), shape,
                new ClassLocations([new ClassLocations.Entry([1], false, []), new ClassLocations.Entry([2], false, positions)]));
        }

        public int Channels { get; }

        public VolumeShape Shape { get; }

        public CaseProperties Properties { get; }

        public void ReadImage(Box box, Span<float> target)
        {
            _store.OnRead();
            var (voxels, patch) = ((int)Shape.Voxels, (int)box.Shape.Voxels);
            for (var c = 0; c < Channels; c++) Copy<float>(box, _image.AsSpan(c * voxels, voxels), target.Slice(c * patch, patch), 0);
        }

        public void ReadLabels(Box box, Span<short> target) => Copy<short>(box, _labels, target, -1);

        public bool HasPreviousLabels { get; }

        // A prediction that is right but for one label.
        public void ReadPreviousLabels(Box box, Span<short> target) => Copy<short>(box, [.. _labels.Select(l => l == 2 ? (short)1 : Math.Max(l, (short)0))], target, -1);

        public void Dispose()
        {
            _gone = true;
            Interlocked.Increment(ref _store._disposed);
        }

        private void Copy<T>(Box box, ReadOnlySpan<T> source, Span<T> target, T outside)
        {
            ObjectDisposedException.ThrowIf(_gone && _store.FailWhenReadAfterDisposal, this);
            target.Fill(outside);
            var (from, to) = (Math.Clamp(box.Low.X, 0, Shape.X), Math.Clamp(box.High.X, 0, Shape.X));
            var at = from - box.Low.X;
            for (var z = box.Low.Z; z < box.High.Z; z++)
                for (var y = box.Low.Y; y < box.High.Y; y++, at += box.Shape.X)
                    if (from < to && (uint)z < (uint)Shape.Z && (uint)y < (uint)Shape.Y)
                        source.Slice((((z * Shape.Y) + y) * Shape.X) + from, to - from).CopyTo(target[at..]);
        }
    }
}
