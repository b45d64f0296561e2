using System.CommandLine;
using ActorSeg.Compute.Datasets;
using ActorSeg.Compute.Training;
using ActorSeg.Host.Hosting;

namespace ActorSeg.Host.Commands;

/// <summary>The flags every verb takes beside nnU-Net's, and what they mean.</summary>
internal sealed class SharedFlags
{
    private readonly Option<string?> _raw = Folder("--raw", "raw data sets (else the environment's nnUNet_raw)");
    private readonly Option<string?> _preprocessed = Folder("--preprocessed", "fingerprints, plans and preprocessed cases (else nnUNet_preprocessed)");
    private readonly Option<string?> _results = Folder("--results", "trained models (else nnUNet_results)");
    private readonly Option<string?> _config = new("--config") { HelpName = "FILE", Description = "settings laid over config/akka.hocon", Recursive = true };
    private readonly Option<string[]> _set =
        new("--set") { HelpName = "KEY=VALUE", Description = "one setting, over those of files; may be repeated", Recursive = true };
    private readonly Option<string[]> _plugins =
        new("--plugin") { HelpName = "DLL", Description = "an assembly with preprocessors or trainers of your own (docs/plugins.md); may be repeated", Recursive = true };
    private readonly Option<bool> _json = new("--json") { Description = "print the result alone, as one JSON object", Recursive = true };

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_raw, _preprocessed, _results, _config, _set, _plugins, _json];

    /// <summary>Whether the result is wanted as JSON.</summary>
    public bool Json(ParseResult given) => given.GetValue(_json);

    /// <summary>The three roots. Each is missed only by what needs it.</summary>
    public DatasetPaths Paths(ParseResult given, HostServices host) =>
        new(Root(given, _raw, "nnUNet_raw", host), Root(given, _preprocessed, "nnUNet_preprocessed", host), Root(given, _results, "nnUNet_results", host));

    /// <summary>The effective settings.</summary>
    /// <exception cref="Compute.UsageException">A file, key or value is wrong.</exception>
    public Settings Settings(ParseResult given, HostServices host) =>
        Hosting.Settings.Load(host.BaseFolder, given.GetValue(_config), [.. given.GetValue(_set) ?? [], .. Plugins(given)], host.Variable);

    /// <summary>A trainer's name, looked up where no plugin can bring it.</summary>
    /// <exception cref="Compute.UsageException">There is no such trainer.</exception>
    public string Trainer(string name, ParseResult given, HostServices host) =>
        Settings(given, host).Config.GetString("actorseg.plugins", "").Length > 0 ? name : TrainerCatalog.Find(name).Name;

    private IEnumerable<string> Plugins(ParseResult given) =>
        given.GetValue(_plugins) is { Length: > 0 } files ? [$"actorseg.plugins={string.Join(Path.PathSeparator, files.Select(Path.GetFullPath))}"] : [];

    private static string? Root(ParseResult given, Option<string?> flag, string variable, HostServices host)
    {
        var folder = given.GetValue(flag) ?? host.Variable(variable);
        return string.IsNullOrWhiteSpace(folder) ? null : Path.GetFullPath(folder);
    }

    private static Option<string?> Folder(string name, string description) => new(name) { HelpName = "DIR", Description = description, Recursive = true };
}
