using System.Reflection;
using TorchSharp;
using Xunit.Sdk;

namespace ActorSeg.Tests.Support;

/// <summary>Fails a test that leaves more live tensors on its thread than it found: everything made must be disposed.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NoTensorLeakAttribute : BeforeAfterTestAttribute
{
    private long _before;

    public override void Before(MethodInfo methodUnderTest) => _before = Alive();

    public override void After(MethodInfo methodUnderTest)
    {
        var leaked = Alive() - _before;
        if (leaked > 0) throw new InvalidOperationException($"{methodUnderTest.Name} left {leaked} tensors undisposed");
    }

    private static long Alive() => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
