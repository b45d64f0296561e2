using ActorSeg.Actors;
using ActorSeg.Compute;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Tests;

/// <summary>Three rooms, one direction: Host to Actors to Compute, never upwards; actors never below, tensors never above.</summary>
public class ArchitectureTests
{
    private static readonly string[] Compute = Referenced(typeof(ActorSegException));
    private static readonly string[] Actors = Referenced(typeof(ActorSegNode));
    private static readonly string[] Host = Referenced(typeof(HostServices));

    [Fact]
    public void Compute_knows_no_actors_and_no_host()
    {
        Assert.DoesNotContain(Compute, name => name.StartsWith("Akka", StringComparison.Ordinal));
        Assert.DoesNotContain(Compute, name => name is "ActorSeg.Actors" or "actorseg");
    }

    [Fact]
    public void Actors_know_Compute_and_not_the_host()
    {
        Assert.Contains("ActorSeg.Compute", Actors);
        Assert.DoesNotContain("actorseg", Actors);
    }

    [Fact]
    public void The_host_knows_actors_and_no_tensors()
    {
        Assert.Contains("ActorSeg.Actors", Host);
        Assert.DoesNotContain(Host, name => name.StartsWith("TorchSharp", StringComparison.Ordinal));
    }

    [Fact]
    public void Compute_prints_nothing_and_reads_no_environment()
    {
        Assert.DoesNotContain("System.Console", Compute);
        var sources = Directory.EnumerateFiles(Path.Combine(TestPaths.Repository, "src", "Compute"), "*.cs", SearchOption.AllDirectories);
        Assert.DoesNotContain(sources, file => File.ReadAllText(file).Contains("GetEnvironmentVariable", StringComparison.Ordinal));
    }

    private static string[] Referenced(Type type) => [.. type.Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
}
