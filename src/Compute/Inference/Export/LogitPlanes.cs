using System.Numerics.Tensors;
using ActorSeg.Compute.Planning;
using ActorSeg.Compute.Preprocessing.Resampling;

namespace ActorSeg.Compute.Inference.Export;

/// <summary>
/// Logits on another grid, a plane of one head at a time, so that what is resampled never lies in memory as a whole. Planes may be asked for in any order and again.
/// One thread.
/// </summary>
internal abstract class LogitPlanes(int heads, VolumeShape shape) : IDisposable
{
    /// <summary>Network outputs.</summary>
    public int Heads => heads;

    /// <summary>The grid.</summary>
    public VolumeShape Shape => shape;

    /// <summary>The values of a plane.</summary>
    /// <param name="head">Of which output.</param>
    /// <param name="z">Index along axis 0.</param>
    /// <param name="target">Axis 1 times axis 2 values.</param>
    public abstract void Fill(int head, int z, Span<float> target);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>The logits on a grid of the same extent in space. They stay the caller's and must outlive the planes.</summary>
    /// <param name="logits">On the network's grid.</param>
    /// <param name="shape">Wanted.</param>
    /// <param name="current">Spacing of the logits.</param>
    /// <param name="wanted">Spacing wanted.</param>
    /// <param name="spec">How logits are resampled.</param>
    /// <param name="stop">Looked at where everything must be resampled at once.</param>
    /// <exception cref="DataException">The plans' function is not known, or does not resample where it would have to.</exception>
    public static LogitPlanes Of(Logits logits, VolumeShape shape, Spacing current, Spacing wanted, ResamplingSpec spec, CancellationToken stop)
    {
        if (logits.Shape == shape) return new StoredPlanes(logits, owned: false);
        if (spec.Function == Resampler.None)
            throw new DataException("plans", $"are without resampling, and the image has {shape} voxels where the network has {logits.Shape}", "give images of the planned spacing");
        return InterpolatedPlanes.Axes(logits.Shape, shape, current, wanted, spec) is { } axes
            ? new InterpolatedPlanes(logits, shape, axes, roundToHalf: spec.Function != Resampler.Torch)
            : new StoredPlanes(Whole(logits, shape, current, wanted, spec, stop), owned: true);
    }

    // Cubic splines need a line's every value: then all heads are resampled beforehand, one in float32 at a time.
    private static Logits Whole(Logits logits, VolumeShape shape, Spacing current, Spacing wanted, ResamplingSpec spec, CancellationToken stop)
    {
        var result = new Logits(logits.Heads, shape, zeroed: false);
        try
        {
            using var from = new Scratch<float>(logits.Shape.Voxels);
            using var to = new Scratch<float>(shape.Voxels);
            for (var head = 0; head < logits.Heads; head++)
            {
                TensorPrimitives.ConvertToSingle(logits.Head(head), from.Span);
                Resampler.Resample(from.Span, logits.Shape, to.Span, shape, current, wanted, spec, stop);
                TensorPrimitives.ConvertToHalf(to.Span, result.Head(head));
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private sealed class StoredPlanes(Logits logits, bool owned) : LogitPlanes(logits.Heads, logits.Shape)
    {
        public override void Fill(int head, int z, Span<float> target) => TensorPrimitives.ConvertToSingle(logits.Head(head).Slice(z * target.Length, target.Length), target);

        public override void Dispose()
        {
            if (owned) logits.Dispose();
        }
    }
}
