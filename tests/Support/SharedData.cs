using System.Runtime.CompilerServices;

namespace ActorSeg.Tests.Support;

/// <summary>Where tests find their figures (tests/Golden, in every clone) and the shared material (only on some machines).</summary>
public static class TestPaths
{
    public static string Repository { get; } = FindRepository();

    /// <summary>ACTORSEG_SHARED, or the folder <c>shared</c> beside the repository.</summary>
    public static string Shared { get; } =
        Environment.GetEnvironmentVariable("ACTORSEG_SHARED") is { Length: > 0 } set ? set : Path.Combine(Repository, "..", "shared");

    public static string Golden(params string[] parts) => Path.Combine([Repository, "tests", "Golden", .. parts]);

    /// <summary>A file beside the tests' own sources.</summary>
    public static string SourceFile(params string[] parts) => Path.Combine([Repository, "tests", .. parts]);

    public static string SharedPath(params string[] parts) => Path.Combine([Shared, .. parts]);

    private static string FindRepository([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}

/// <summary>A fact that needs shared material: skipped, by name, where it is missing.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    /// <param name="needs">Path below the shared folder.</param>
    public SharedFactAttribute(string needs)
    {
        if (!Path.Exists(TestPaths.SharedPath(needs))) Skip = $"needs {needs} in the shared folder (ACTORSEG_SHARED)";
    }
}

/// <summary>A theory that needs shared material: skipped, by name, where it is missing.</summary>
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    /// <param name="needs">Path below the shared folder.</param>
    public SharedTheoryAttribute(string needs)
    {
        if (!Path.Exists(TestPaths.SharedPath(needs))) Skip = $"needs {needs} in the shared folder (ACTORSEG_SHARED)";
    }
}
