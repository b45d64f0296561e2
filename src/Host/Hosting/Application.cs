using System.CommandLine;
using System.CommandLine.Invocation;
using ActorSeg.Compute;
using ActorSeg.Host.Commands;

namespace ActorSeg.Host.Hosting;

/// <summary>From arguments to exit code.</summary>
internal static class Application
{
    // Bundles and response files are not nnU-Net's: -tr is one flag, and a name may begin with @.
    private static readonly ParserConfiguration Parsing = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Runs one command.</summary>
    public static async Task<int> Run(IReadOnlyList<string> args, HostServices host)
    {
        try
        {
            var parsed = Parse(CommandTree.Create(host), args);
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = host.Out,
                Error = host.Screen.Log,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return FaultReport.Tell(e, args, host);
        }
        finally
        {
            await host.Out.FlushAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Parses a command line in nnU-Net's spelling.</summary>
    /// <exception cref="UsageException">It is not a command there is.</exception>
    internal static ParseResult Parse(RootCommand root, IReadOnlyList<string> args)
    {
        var parsed = root.Parse(FlagSpelling.Normalise(root, args), Parsing);
        if (parsed.Action is not ParseErrorAction) return parsed;
        var verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
        throw new UsageException($"{parsed.Errors[0].Message.TrimEnd('.')}; see 'actorseg{verb} --help'");
    }
}
