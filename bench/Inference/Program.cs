using System.Diagnostics;
using ActorSeg.Compute.Checkpoints;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Planning;
using static TorchSharp.torch;

var which = args[0]; var threads = int.Parse(args[1]); var sizes = args[2].Split(',').Select(int.Parse).ToArray();
var folder = $"/work/shared/golden/l_run/model{which}";
var plans = Plans.Load($"{folder}/plans.json");
var c = plans.Configurations[which == "3d" ? "3d_fullres" : "2d"];
set_num_threads(threads);
using var net = UNet.Build(c.Architecture, 1, 3, 0);
net.Load(CheckpointFile.Read($"{folder}/fold_0/checkpoint_final.pth").Weights, "x");
foreach (var b in sizes)
{
    using var scope = NewDisposeScope(); using var inf = inference_mode();
    var x = randn([b, 1, .. c.PatchSize.Select(p => (long)p)]);
    var best = double.MaxValue; var bestCpu = double.MaxValue;
    for (var i = 0; i < Math.Max(3, 24 / b / (which == "3d" ? 4 : 1)); i++)
    {
        var t = Stopwatch.GetTimestamp(); var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        net.Forward(x).Dispose();
        best = Math.Min(best, Stopwatch.GetElapsedTime(t).TotalMilliseconds / b);
        bestCpu = Math.Min(bestCpu, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMilliseconds / b);
    }
    Console.WriteLine($"{which} threads {threads} batch {b}: wall {best:F1} cpu {bestCpu:F1} ms per tile");
}
