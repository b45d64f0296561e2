using System.Diagnostics;
using System.Globalization;
using ActorSeg.Compute;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Resampling;

// Resampling of one large made volume, 200 x 512 x 512, as nnU-Net's figures were taken: processor seconds of each case, one thread.
var shape = new VolumeShape(200, 512, 512);
var image = new Volume<float>(1, shape);
var labels = new Volume<short>(1, shape);
for (int z = 0, i = 0; z < shape.Z; z++)
    for (var y = 0; y < shape.Y; y++)
        for (var x = 0; x < shape.X; x++, i++)
        {
            image.Data[i] = (float)(Math.Cos(z / 9.0) + Math.Cos(y / 17.0) + Math.Cos(x / 13.0));
            labels.Data[i] = (short)(Near(z, y, x, 60, 180, 200, 80) ? 1 : Near(z, y, x, 120, 300, 330, 90) ? 2 : Near(z, y, x, 150, 160, 380, 50) ? 3 : 0);
        }

var isotropic = (From: new Spacing(1.5, 0.8, 0.8), To: new Spacing(1.5, 1.2, 1.2));
var thick = (From: new Spacing(5, 0.8, 0.8), To: new Spacing(5, 1.2, 1.2));
var thickZ = (From: new Spacing(5, 0.8, 0.8), To: new Spacing(4, 1.2, 1.2));
Image("image, order 3, all axes together", isotropic, 11.1);
Image("image, order 3, separate z", thick, 3.8);
Image("image, order 3, separate z, z resampled", thickZ, 7.0);
Labels("labels, order 1", isotropic, 8.3);
Labels("labels, order 1, separate z", thick, 3.1);

static bool Near(int z, int y, int x, int cz, int cy, int cx, int r) => Math.Pow((z - cz) * 2, 2) + Math.Pow(y - cy, 2) + Math.Pow(x - cx, 2) < r * r;

void Image(string name, (Spacing From, Spacing To) spacing, double peer) => Time(
    name, peer, () => Resampler.Resample(image, Resampler.NewShape(shape, spacing.From, spacing.To), spacing.From, spacing.To, new ResamplingSpec("resample_data_or_seg_to_shape", false, 3, 0, null)));

void Labels(string name, (Spacing From, Spacing To) spacing, double peer) => Time(
    name, peer, () => Resampler.ResampleLabels(labels, Resampler.NewShape(shape, spacing.From, spacing.To), spacing.From, spacing.To, new ResamplingSpec("resample_data_or_seg_to_shape", true, 1, 0, null)));

static void Time(string name, double peer, Action action)
{
    var times = new List<double>();
    for (var i = 0; i < 4; i++)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        action();
        times.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
    }

    // The first run compiles.
    var median = times.Skip(1).Order().ElementAt(1);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {median:F2} CPU s; nnU-Net {peer:F1} CPU s on its machine, {peer / median:F1} times as much"));
}
