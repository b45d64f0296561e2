using System.Diagnostics;
using System.Runtime.Versioning;
using ActorSeg.Host.Tests.Support;

namespace ActorSeg.Host.Tests;

/// <summary>The launcher, as processes, with a dotnet that only pretends.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class LauncherTests : IDisposable
{
    private readonly LauncherSandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void It_builds_once_and_then_runs_quietly_with_the_arguments_as_they_are()
    {
        var first = _sandbox.Run("train", "4", "two words", "--json");
        Assert.Equal(0, first.Code);
        Assert.EndsWith("actorseg.dll train 4 two words --json\n", first.Out);
        Assert.Equal("actorseg: building (the first time takes a minute or two) ...\n", first.Error);

        Assert.Equal((0, "", 1), (_sandbox.Run().Code, _sandbox.Run().Error, _sandbox.Builds));
    }

    [Theory]
    [InlineData("tree/src/Host/Program.cs")]
    [InlineData("tree/config/akka.hocon")]
    [InlineData("tree/Directory.Build.props")]
    public void A_changed_source_is_built_again(string file)
    {
        _sandbox.Run();
        _sandbox.Write(file, "// changed");
        _sandbox.Run();

        Assert.Equal(2, _sandbox.Builds);
    }

    [Fact]
    public void A_source_that_is_gone_is_a_change_and_a_text_file_is_none()
    {
        _sandbox.Write("tree/src/Host/Second.cs", "");
        _sandbox.Run();
        _sandbox.Write("tree/src/Host/notes.md", "words");
        _sandbox.Run();
        Assert.Equal(1, _sandbox.Builds);

        _sandbox.Delete("tree/src/Host/Second.cs");
        _sandbox.Run();
        Assert.Equal(2, _sandbox.Builds);
    }

    [Fact]
    public void It_works_through_a_link_from_anywhere()
    {
        var link = _sandbox.PathOf("home/seg");
        File.CreateSymbolicLink(link, "../tree/actorseg");

        Assert.EndsWith("actorseg.dll demo\n", LauncherSandbox.Finish(_sandbox.Start(link, "demo")).Out);
    }

    [Fact]
    public void Without_dotnet_it_says_what_to_install()
    {
        _sandbox.Delete("bin/dotnet");
        var (code, _, error) = _sandbox.Run();

        Assert.Equal(4, code);
        Assert.Contains("the .NET 10 SDK is needed and 'dotnet' was not found", error);
    }

    [Fact]
    public void With_an_older_sdk_it_says_which_were_found()
    {
        _sandbox.Write("bin/sdks", "8.0.404 [/sdk]\n9.0.100 [/sdk]\n");
        var (code, _, error) = _sandbox.Run();

        Assert.Equal(4, code);
        Assert.Contains("found: 8.0.404 9.0.100", error);
        Assert.Equal(0, _sandbox.Builds);
    }

    [Fact]
    public void A_failing_build_shows_the_errors_and_is_tried_again_the_next_time()
    {
        _sandbox.Write("bin/fails", "");
        var (code, output, error) = _sandbox.Run();
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("A.cs(1,1): error CS0001: it is wrong", error);

        _sandbox.Delete("bin/fails");
        Assert.Equal(0, _sandbox.Run().Code);
        Assert.Equal(2, _sandbox.Builds);
    }

    [Fact]
    public void A_program_in_use_keeps_its_files_when_another_is_built()
    {
        var program = _sandbox.PathOf("tree/src/Host/bin/Release/net10.0/actorseg.dll");
        _sandbox.Run();
        File.WriteAllText(program, "old");
        using var mapped = File.OpenText(program);
        _sandbox.Write("tree/src/Host/Program.cs", "// changed");
        _sandbox.Run();

        Assert.Equal("old", mapped.ReadToEnd());
        Assert.Empty(File.ReadAllText(program));
    }

    [Fact]
    public void Two_at_once_build_once()
    {
        _sandbox.Write("bin/wait", "");
        var first = _sandbox.Start(_sandbox.Launcher, "one");
        Await(() => File.Exists(_sandbox.PathOf("bin/building")));
        var second = _sandbox.Start(_sandbox.Launcher, "two");
        Assert.Equal("actorseg: waiting for another build", second.StandardError.ReadLine());
        _sandbox.Write("bin/go", "");

        Assert.EndsWith("actorseg.dll one\n", LauncherSandbox.Finish(first).Out);
        Assert.EndsWith("actorseg.dll two\n", LauncherSandbox.Finish(second).Out);
        Assert.Equal(1, _sandbox.Builds);
    }

    [Fact]
    public void Tests_end_with_the_sum_of_their_counts()
    {
        foreach (var project in new[] { "Compute", "Actors", "Host" }) _sandbox.Counts(project, total: 10, executed: 9, passed: 9, failed: 0);
        var (code, output, _) = _sandbox.Run("test");

        Assert.Equal((0, "27 passed, 0 failed, 3 skipped"), (code, output.TrimEnd().Split('\n')[^1]));
        var runs = _sandbox.Calls.Where(call => call.StartsWith("test", StringComparison.Ordinal)).ToArray();
        Assert.Equal(3, runs.Length);
        Assert.All(runs, call => Assert.Contains("--filter Category!=Long --", call));
    }

    [Fact]
    public void A_failed_test_and_a_run_that_died_fail_the_whole()
    {
        foreach (var project in new[] { "Compute", "Actors", "Host" }) _sandbox.Counts(project, 2, 2, 2, 0);
        _sandbox.Counts("Actors", 2, 2, 1, 1);
        Assert.Equal((1, "5 passed, 1 failed, 0 skipped"), Outcome());

        _sandbox.Counts("Actors", 2, 2, 2, 0);
        _sandbox.Write("bin/Host.fails", "");
        Assert.Equal((1, "6 passed, 0 failed, 0 skipped"), Outcome());
    }

    [Fact]
    public void When_nothing_ran_nothing_was_shown_to_work() => Assert.Equal((1, "0 passed, 0 failed, 0 skipped"), Outcome());

    [Theory]
    [InlineData("--filter Category!=Long&(FullyQualifiedName~Trainer) --", "Trainer")]
    [InlineData("--filter Category!=Long&((Name=One)) --", "--filter", "Name=One")]
    [InlineData("--filter ((Name=One)|FullyQualifiedName~Two) --", "--all", "Name=One", "Two")]
    public void Words_choose_tests(string filter, params string[] words)
    {
        _sandbox.Run(["test", .. words]);

        Assert.Contains(filter, _sandbox.Calls[1]);
    }

    [Theory]
    [InlineData("--everything")]
    [InlineData("--filter")]
    public void A_flag_that_chooses_nothing_is_refused_before_anything_is_built(string flag)
    {
        Assert.Equal((2, 0), (_sandbox.Run("test", flag).Code, _sandbox.Builds));
    }

    [Fact]
    public void The_program_itself_starts_and_tells_its_commands()
    {
        var program = typeof(Host.Hosting.HostServices).Assembly.Location;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (code, output, error) = LauncherSandbox.Finish(process);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("plan-and-preprocess", output);
    }

    private (int Code, string Last) Outcome()
    {
        var (code, output, _) = _sandbox.Run("test");
        return (code, output.TrimEnd().Split('\n')[^1]);
    }

    private static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));
}
