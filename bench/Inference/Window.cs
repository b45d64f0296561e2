using ActorSeg.Compute;
using ActorSeg.Compute.Inference;
using ActorSeg.Compute.Inference.Window;
using static TorchSharp.torch;

namespace ActorSeg.Bench.Inference;

/// <summary>One tile with all its mirrored views, by a real model: bare passes one after the other, and the sliding window in several efforts, taken in turn.</summary>
internal static class Window
{
    private const int Rounds = 5;

    public static void Run(string folder, int threads)
    {
        set_num_threads(threads);
        var model = TrainedModel.Load(ModelFolder.Open(folder, [], "checkpoint_final.pth"));
        using var network = model.BuildNetwork();
        network.Load(model.Folds[0].State, folder);
        var settings = new WindowSettings(model.Configuration.PatchSize, model.Heads) { MirrorAxes = model.MirrorAxes };
        // A 2D network is given as many slices as make a batch worth its while.
        var shape = model.Configuration.Is2D ? settings.Tile with { Z = 32 } : settings.Tile;
        var image = new Volume<float>(model.InputChannels, shape);
        var random = new Random(1);
        foreach (ref var value in image.Data.AsSpan()) value = random.NextSingle();
        var views = SlidingWindow.Flips(model.MirrorAxes ?? []).Count * (model.Configuration.Is2D ? shape.Z : 1);

        var usual = WindowEffort.For(settings, InferenceMemory.View(model.Configuration.Architecture, model.Configuration.PatchSize), 4L << 30, threads);
        var ways = new List<(string Name, Action Do)> { ("bare passes", () => Bare(network.Forward, model.InputChannels, model.Configuration.PatchSize, views)) };
        foreach (var effort in new[] { WindowEffort.Least, WindowEffort.Least with { Views = Math.Max(4, usual.Views) }, usual with { Views = 1 }, usual }.Distinct())
        {
            var window = new SlidingWindow(settings);
            ways.Add((effort.ToString(), () => window.Predict(image, network.Forward, effort, null, CancellationToken.None).Dispose()));
        }

        var best = ways.ToDictionary(w => w.Name, _ => (Wall: double.MaxValue, Cpu: double.MaxValue));
        for (var round = 0; round < Rounds; round++)
            foreach (var (name, act) in ways)
            {
                var meter = new Meter();
                act();
                best[name] = (Math.Min(best[name].Wall, meter.Wall), Math.Min(best[name].Cpu, meter.Cpu));
            }

        Console.WriteLine($"{views} views of {string.Join('x', model.Configuration.PatchSize)}, {threads} threads, the best of {Rounds} rounds, taken in turn; peak {Meter.PeakGiB:F2} GiB");
        foreach (var (name, _) in ways)
            Console.WriteLine($"  {name}: {best[name].Wall / views * 1000:F1} ms wall, {best[name].Cpu / views * 1000:F1} ms of processor a view; {best[name].Wall / best["bare passes"].Wall:P0} of bare");
    }

    /// <summary>What one pass adds to the largest resident memory, against what is reckoned with.</summary>
    public static void Memory(string folder, int views)
    {
        var model = TrainedModel.Load(ModelFolder.Open(folder, [], "checkpoint_final.pth"));
        using var network = model.BuildNetwork();
        network.Load(model.Folds[0].State, folder);
        using var inference = inference_mode();
        using var input = randn([views, model.InputChannels, .. model.Configuration.PatchSize.Select(p => (long)p)]);
        var before = Meter.PeakGiB;
        network.Forward(input).Dispose();
        var reckoned = views * InferenceMemory.View(model.Configuration.Architecture, model.Configuration.PatchSize) / (double)(1L << 30);
        Console.WriteLine($"{views} views: {Meter.PeakGiB - before:F3} GiB, reckoned {reckoned:F3}");
    }

    private static void Bare(Func<Tensor, Tensor> forward, int channels, IReadOnlyList<int> patch, int views)
    {
        using var inference = inference_mode();
        using var input = randn([1, channels, .. patch.Select(p => (long)p)]);
        for (var i = 0; i < views; i++) forward(input).Dispose();
    }
}
