using System.Diagnostics;
using System.Runtime.Versioning;

namespace ActorSeg.Host.Tests.Support;

/// <summary>The launcher in a small tree of its own, with a <c>dotnet</c> that only writes down what it is asked.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class LauncherSandbox : IDisposable
{
    // Builds by making the program; waits for the file go where a file wait is, so that two launchers can meet.
    private const string Stub = """
        #!/usr/bin/env bash
        here=$(dirname "${BASH_SOURCE[0]}")
        [ "$1" = --list-sdks ] || echo "$*" >>"$here/calls"
        case $1 in
          --list-sdks) cat "$here/sdks" ;;
          build)
            if [ -f "$here/fails" ]; then echo "A.cs(1,1): error CS0001: it is wrong"; exit 1; fi
            touch "$here/building"
            if [ -f "$here/wait" ]; then until [ -f "$here/go" ]; do sleep 0.02; done; fi
            mkdir -p "$here/../tree/src/Host/bin/Release/net10.0"
            touch "$here/../tree/src/Host/bin/Release/net10.0/actorseg.dll" ;;
          test)
            name=$(basename "$2" .Tests)
            folder=$here/../tree/.build/tests
            mkdir -p "$folder"
            if [ -f "$here/$name.trx" ]; then cp "$here/$name.trx" "$folder/$name.trx"; fi
            [ ! -f "$here/$name.fails" ] ;;
          *) echo "ran $*" ;;
        esac
        """;

    private readonly TemporaryFolder _folder = new();

    public LauncherSandbox()
    {
        foreach (var part in new[] { "bin", "home", "tree/src/Host", "tree/config" }) Directory.CreateDirectory(_folder.File(part));
        File.Copy(Path.Combine(TestPaths.Repository, "actorseg"), Launcher);
        Write("tree/src/Host/Program.cs", "return 0;");
        Write("tree/config/akka.hocon", "");
        Write("tree/global.json", "{}");
        Write("tree/Directory.Build.props", "");
        Write("tree/Directory.Build.targets", "");
        Write("bin/sdks", "10.0.100 [/sdk]\n");
        Write("bin/dotnet", Stub);
        File.SetUnixFileMode(_folder.File("bin", "dotnet"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var tool in new[] { "bash", "env" }) File.CreateSymbolicLink(_folder.File("bin", tool), $"/usr/bin/{tool}");
    }

    public string Launcher => _folder.File("tree", "actorseg");

    public string[] Calls => File.Exists(_folder.File("bin", "calls")) ? File.ReadAllLines(_folder.File("bin", "calls")) : [];

    public int Builds => Calls.Count(call => call.StartsWith("build", StringComparison.Ordinal));

    public string PathOf(string path) => _folder.File(path);

    public void Write(string path, string text) => File.WriteAllText(_folder.File(path), text);

    public void Delete(string path) => File.Delete(_folder.File(path));

    public void Counts(string project, int total, int executed, int passed, int failed) =>
        Write($"bin/{project}.trx", $"""<TestRun><Counters total="{total}" executed="{executed}" passed="{passed}" failed="{failed}" error="0" /></TestRun>""");

    public Process Start(string launcher, params string[] args)
    {
        // Its own tools first; then the system's, without any dotnet of the machine.
        var start = new ProcessStartInfo("/usr/bin/env") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        string[] all = ["-i", $"PATH={_folder.File("bin")}:{Tools()}", $"HOME={_folder.File("home")}", "bash", launcher, .. args];
        foreach (var arg in all) start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    public (int Code, string Out, string Error) Run(params string[] args) => Finish(Start(Launcher, args));

    public static (int Code, string Out, string Error) Finish(Process process)
    {
        using (process)
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
    }

    public void Dispose() => _folder.Dispose();

    private string Tools()
    {
        var tools = _folder.File("tools");
        if (Directory.Exists(tools)) return tools;
        Directory.CreateDirectory(tools);
        foreach (var name in "awk basename cat cksum cp cut dirname find flock grep head mkdir paste readlink rm sed sleep sort tail touch tr xargs".Split(' '))
        {
            var found = new[] { "/usr/bin", "/bin" }.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
            if (found is not null) File.CreateSymbolicLink(Path.Combine(tools, name), found);
        }

        return tools;
    }
}
