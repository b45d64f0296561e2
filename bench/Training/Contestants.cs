using ActorSeg.Compute.Augmentation;
using ActorSeg.Compute.Networks;
using ActorSeg.Compute.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace ActorSeg.Bench.Training;

/// <summary>One of the two that are timed in turn.</summary>
internal interface IContestant : IDisposable
{
    /// <summary>All outputs, no gradients.</summary>
    void Forward(Batch batch);

    /// <summary>Forward, loss, backward, clipping, step. Gives the loss.</summary>
    double Step(Batch batch);
}

/// <summary>As ActorSeg trains.</summary>
internal sealed class Library(int batchSize, Precision precision, bool checkpointing) : IContestant
{
    private readonly TrainingSession _session = new(
        Hippocampus.Configuration(batchSize), Hippocampus.Labels, 1, new TrainingOptions { BatchSize = batchSize, Seed = 1, Precision = precision, GradientCheckpointing = checkpointing }, "cpu");

    public void Forward(Batch batch)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        _session.Network.ForwardAll(batch.Data);
    }

    public double Step(Batch batch) => _session.Step(batch, epoch: 0);

    public void Dispose() => _session.Dispose();
}

/// <summary>torch alone.</summary>
internal sealed class Bare(Precision precision) : IContestant
{
    private readonly BareNetwork _network = new(Hippocampus.Features, Hippocampus.Heads);

    public void Forward(Batch batch)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Outputs(batch);
    }

    public double Step(Batch batch)
    {
        using var scope = NewDisposeScope();
        var loss = BareNetwork.Loss(Outputs(batch), batch.Targets);
        loss.backward();
        _network.Step();
        return loss.item<float>();
    }

    public void Dispose() => _network.Dispose();

    private List<Tensor> Outputs(Batch batch)
    {
        using var casting = Autocast.Enter(precision, DeviceType.CPU);
        return _network.Forward(batch.Data);
    }
}
