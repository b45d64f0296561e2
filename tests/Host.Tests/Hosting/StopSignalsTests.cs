using System.Runtime.InteropServices;
using ActorSeg.Host.Hosting;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests.Hosting;

public class StopSignalsTests
{
    [Fact]
    public async Task The_first_signal_asks_for_a_stop_and_the_second_ends_at_once()
    {
        var (said, exits) = (new List<string>(), new List<int>());
        using var signals = new StopSignals(said.Add, exits.Add);
        var cancelled = new TaskCompletionSource();
        using var registration = signals.Token.Register(cancelled.SetResult);

        signals.Received(PosixSignal.SIGTERM);
        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(exits);
        Assert.Contains("SIGTERM", Assert.Single(said));

        signals.Received(PosixSignal.SIGINT);
        Assert.Equal([75], exits);
    }

    [Fact]
    public void Devices_are_chosen_by_what_is_there()
    {
        using var folder = new TemporaryFolder();
        using var line = new CommandLine();
        var host = line.Host with { BaseFolder = folder.Path, HasGpu = true };
        Assert.Equal("cpu", Devices.Choose(null, host));

        File.WriteAllText(folder.File("libtorch_cuda.so"), "");
        Assert.Equal("cuda", Devices.Choose(null, host));
        Assert.Equal("cuda", Devices.Choose("cuda", host));
        Assert.Equal("cpu", Devices.Choose("cpu", host));
        Assert.Equal("cpu", Devices.Choose(null, host with { HasGpu = false }));
        Assert.Throws<Compute.ResourceException>(() => Devices.Choose("cuda", host with { HasGpu = false }));
        Assert.Throws<Compute.UsageException>(() => Devices.Choose("tpu", host));
    }
}
