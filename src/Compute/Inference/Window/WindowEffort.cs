namespace ActorSeg.Compute.Inference.Window;

/// <summary>
/// How much is done at once: what a tile and its mirrored views share of memory and processors. Results do not depend on it, but for the last bit of a convolution.
/// </summary>
/// <param name="Views">Tiles or mirrored views that go through the network in one batch.</param>
/// <param name="Lanes">Batches that go through it side by side, each with its share of torch's threads.</param>
/// <param name="SumsOnDevice">Whether sums lie where the network is; else on the host.</param>
public sealed record WindowEffort(int Views, int Lanes, bool SumsOnDevice)
{
    // A batch of this many voxels fills a processor; larger ones only take more memory (measured: bench/Inference).
    private const long CpuBatch = 1 << 16, CudaBatch = 1 << 22;

    /// <summary>One view after the other, sums on the host: the least that can be held.</summary>
    public static WindowEffort Least { get; } = new(1, 1, false);

    /// <summary>What fills the processors without holding more activations than allowed.</summary>
    /// <param name="settings">Patch and device.</param>
    /// <param name="viewBytes">Of one view's activations (<see cref="InferenceMemory"/>).</param>
    /// <param name="mostBytes">Of activations at once; one view is always tried.</param>
    /// <param name="threads">That torch may use.</param>
    public static WindowEffort For(WindowSettings settings, long viewBytes, long mostBytes, int threads)
    {
        var room = Math.Max(1, mostBytes / Math.Max(1, viewBytes));
        var batch = settings.Device == "cpu" ? CpuBatch : CudaBatch;
        var lanes = settings.Device == "cpu" ? (int)Math.Clamp(room, 1, Math.Max(1, threads)) : 1;
        var views = (int)Math.Clamp(Math.Min(batch / settings.Tile.Voxels, room / lanes), 1, 64);
        return new WindowEffort(views, lanes, settings.Device != "cpu");
    }

    /// <summary>Half as much at once: first smaller batches, then fewer side by side, then sums on the host. Null when there is no less.</summary>
    public WindowEffort? Less => this switch
    {
        { Views: > 1 } => this with { Views = Views / 2 },
        { Lanes: > 1 } => this with { Lanes = Lanes / 2 },
        { SumsOnDevice: true } => this with { SumsOnDevice = false },
        _ => null,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Views} view{(Views == 1 ? "" : "s")} in a batch{(Lanes > 1 ? $", {Lanes} batches side by side" : "")}{(SumsOnDevice ? ", sums on the device" : ", sums on the host")}";
}
