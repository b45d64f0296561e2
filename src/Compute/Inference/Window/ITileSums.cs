using static TorchSharp.torch;

namespace ActorSeg.Compute.Inference.Window;

/// <summary>The weighted sum of all tiles so far (spec 07 section 4.6).</summary>
internal interface ITileSums : IDisposable
{
    /// <summary>Adds a tile. Tiles must come in the reference's order: sums in half precision depend on it.</summary>
    /// <param name="corner">Its lowest voxel, in the padded image.</param>
    /// <param name="logits">(heads, patch...), float32; may be overwritten.</param>
    void Add(VolumeShape corner, Tensor logits);

    /// <summary>The sums divided by the weights, without the padding. Nothing can be added afterwards.</summary>
    Logits Finish();
}
