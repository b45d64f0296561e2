using System.Numerics.Tensors;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>
/// nnU-Net's sliding window (spec 07 section 4): float32 network, tiles weighted by a Gaussian, sums in half precision. Tiles and their mirrored views go through
/// the network in batches and side by side, and are summed in the reference's order whatever comes back first. Holds the padded image, (heads + 1) sums a
/// voxel, and as many views as <see cref="WindowEffort"/> says. Used from one thread.
/// </summary>
public sealed class SlidingWindow : IDisposable
{
    private readonly WindowSettings _settings;
    private readonly IReadOnlyList<long[]> _flips;
    private readonly float[] _map;
    private ForwardThreads? _threads;

    /// <param name="settings">Patch, step, mirroring.</param>
    /// <exception cref="UsageException">The step size is out of range.</exception>
    public SlidingWindow(WindowSettings settings)
    {
        settings.Validate();
        _settings = settings;
        _flips = Flips(settings.MirrorAxes ?? []);
        _map = new float[settings.Tile.Voxels];
        if (settings.Gaussian) TensorPrimitives.ConvertToSingle(GaussianMap.Create(settings.PatchSize), _map);
        else Array.Fill(_map, 1f);
    }

    /// <summary>Tensor axes flipped for each prediction of a tile: none first, then by number and order of axes.</summary>
    public static IReadOnlyList<long[]> Flips(IReadOnlyList<int> axes)
    {
        var subsets = Enumerable.Range(0, 1 << axes.Count).Select(bits => axes.Where((_, i) => (bits & (1 << i)) != 0).Select(a => a + 2L).ToArray());
        return [.. subsets.OrderBy(s => s.Length).ThenBy(s => string.Join(',', s), StringComparer.Ordinal)];
    }

    /// <summary>Logits (heads, image axes), the caller's to dispose.</summary>
    /// <param name="image">Preprocessed, (channels, axes).</param>
    /// <param name="forward">
    /// Full-resolution logits (batch, heads, patch...) of an input (batch, channels, patch...), float32; a new tensor each time. Called from several threads at once where
    /// the effort has several lanes.
    /// </param>
    /// <param name="effort">How much is done at once.</param>
    /// <param name="progress">Told after each tile.</param>
    /// <param name="stop">Looked at between batches.</param>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/>.</exception>
    public Logits Predict(
        Volume<float> image, Func<Tensor, Tensor> forward, WindowEffort effort, IProgress<(int Done, int Tiles)>? progress, CancellationToken stop)
    {
        using var inference = inference_mode();
        var padded = new PaddedImage(image, _settings);
        var corners = Tiles.Corners(padded.Shape, _settings.Tile, _settings.StepSize);
        using var sums = Sums(padded, effort);
        using var gathered = new ViewSum(_flips, corners, sums, progress);
        var views = corners.Count * _flips.Count;
        var (batch, lanes) = Share(views, effort);
        var outputs = new Tensor?[lanes];
        try
        {
            for (var first = 0; first < views; first += batch * lanes)
            {
                stop.ThrowIfCancellationRequested();
                var at = first;
                var busy = Math.Min(lanes, Parts(views - first, batch));
                Side(busy, lanes, lane => outputs[lane] = Forward(padded, corners, at + (lane * batch), Math.Min(views, at + ((lane + 1) * batch)), forward));
                for (var lane = 0; lane < busy; lane++)
                {
                    using var output = outputs[lane]!;
                    outputs[lane] = null;
                    gathered.Take(output);
                }
            }
        }
        finally
        {
            foreach (var output in outputs) output?.Dispose();
        }

        return sums.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => _threads?.Dispose();

    // No lane waits for another: as many views in a batch, and as many batches side by side, as make the rounds even.
    private static (int Batch, int Lanes) Share(int views, WindowEffort effort)
    {
        var batch = Math.Min(effort.Views, Parts(views, effort.Lanes));
        var batches = Parts(views, batch);
        return (batch, Parts(batches, Parts(batches, effort.Lanes)));
    }

    private static int Parts(int whole, int part) => (whole + part - 1) / part;

    private ITileSums Sums(PaddedImage image, WindowEffort effort) =>
        effort.SumsOnDevice ? new DeviceSums(image, _settings, _map)
        : _settings.Sums == SumPrecision.Fp16 ? new HostSums<Half>(image, _settings, _map)
        : new HostSums<float>(image, _settings, _map);

    private void Side(int busy, int lanes, Action<int> work)
    {
        if (lanes == 1)
        {
            work(0);
            return;
        }

        if (_threads?.Count != lanes)
        {
            _threads?.Dispose();
            _threads = new ForwardThreads(lanes, get_num_threads());
        }

        _threads.Run(busy, work);
    }

    // Views are numbered tile by tile, each tile's in the order of its flips.
    private Tensor Forward(PaddedImage image, IReadOnlyList<VolumeShape> corners, int from, int to, Func<Tensor, Tensor> forward)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var views = new List<Tensor>();
        Tensor? tile = null;
        for (var view = from; view < to; view++)
        {
            var flip = view % _flips.Count;
            if (tile is null || flip == 0) tile = image.Cut(corners[view / _flips.Count]);
            views.Add(flip == 0 ? tile : tile.flip(_flips[flip]));
        }

        var batch = views.Count == 1 ? views[0] : cat(views, 0);
        return forward(batch.to(new Device(_settings.Device))).DetachFromDisposeScope();
    }

    /// <summary>Turns views back, averages those of a tile in the order of the flips, and hands each tile on.</summary>
    private sealed class ViewSum(
        IReadOnlyList<long[]> flips, IReadOnlyList<VolumeShape> corners, ITileSums sums, IProgress<(int Done, int Tiles)>? progress) : IDisposable
    {
        private Tensor? _total;
        private int _view;

        /// <summary>The next views: (batch, heads, patch...), worked in.</summary>
        public void Take(Tensor output)
        {
            for (var i = 0; i < output.shape[0]; i++, _view++)
            {
                using var scope = NewDisposeScope();
                var flip = flips[_view % flips.Count];
                var view = output[i];
                if (flip.Length > 0) view = view.flip([.. flip.Select(axis => axis - 1)]);
                if (_total is null) _total = view.DetachFromDisposeScope();
                else _total.add_(view);
                if ((_view + 1) % flips.Count == 0) Finish(_view / flips.Count);
            }
        }

        public void Dispose() => _total?.Dispose();

        private void Finish(int tile)
        {
            if (flips.Count > 1) _total!.div_(flips.Count);
            sums.Add(corners[tile], _total!);
            _total!.Dispose();
            _total = null;
            progress?.Report((tile + 1, corners.Count));
        }
    }
}
