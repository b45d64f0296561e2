using System.Diagnostics;
using ActorSeg.Compute.Checkpoints;

namespace ActorSeg.Compute.Tests.Checkpoints;

/// <summary>A fact that needs Python with PyTorch: skipped, by name, where it is missing.</summary>
public sealed class PythonTorchFactAttribute : FactAttribute
{
    public PythonTorchFactAttribute()
    {
        if (PythonTorch.Run("import torch").ExitCode != 0) Skip = "needs python3 with torch";
    }
}

internal static class PythonTorch
{
    public static (int ExitCode, string Output) Run(string script)
    {
        try
        {
            var start = new ProcessStartInfo("python3") { ArgumentList = { "-c", script }, RedirectStandardOutput = true, RedirectStandardError = true };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, text + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}

public sealed class CheckpointInteropTests
{
    // The digest as CheckpointFile.WeightsSha256 describes it, once more in Python.
    private const string Script =
        """
        import hashlib, torch
        c = torch.load('PATH', map_location='cpu', weights_only=True)
        assert c['current_epoch'] == 2 and c['init_args']['fold'] == 3 and c['actorseg']['iteration'] == 17
        w = c['network_weights']
        assert len(w) == 6 and w['encoder.stages.0.0.convs.0.conv.weight'].data_ptr() == w['decoder.encoder.stages.0.0.convs.0.conv.weight'].data_ptr()
        p = [torch.nn.Parameter(torch.zeros_like(t)) for t in (w['encoder.stages.0.0.convs.0.conv.weight'], w['encoder.stages.0.0.convs.0.norm.weight'],
            w['decoder.seg_layers.0.weight'])]
        o = torch.optim.SGD(p, 0.01, momentum=0.99, nesterov=True)
        o.load_state_dict(c['optimizer_state'])
        assert len(o.state) == 2 and o.param_groups[0]['lr'] == 0.0042
        h, seen = hashlib.sha256(), set()
        for n, t in w.items():
            if t.data_ptr() in seen: continue
            seen.add(t.data_ptr())
            h.update(n.encode() + b'float32' + str(tuple(t.shape)).encode() + t.contiguous().numpy().tobytes())
        print(h.hexdigest())
        """;

    [PythonTorchFact]
    public void Torch_loads_our_checkpoint_with_weights_only_and_gets_the_same_weights()
    {
        using var folder = new TemporaryFolder();
        var (path, checkpoint) = (folder.File("checkpoint_latest.pth"), SampleCheckpoint.Make());
        CheckpointFile.Write(path, checkpoint);
        var (code, text) = PythonTorch.Run(Script.Replace("PATH", path, StringComparison.Ordinal));
        Assert.True(code == 0, text);
        Assert.Equal(CheckpointFile.WeightsSha256(checkpoint.Weights), text.Trim());
    }
}
