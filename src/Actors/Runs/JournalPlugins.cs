using System.Security.Cryptography;
using System.Text;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Sql;

namespace ActorSeg.Actors.Runs;

/// <summary>
/// Akka.Persistence.Sql, one journal plugin a file. Files are known only when runs begin, so that their plugins are added to the running system's configuration; a system
/// without a run loads nothing of it.
/// </summary>
internal sealed class JournalPlugins(ActorSystem system) : IExtension
{
    private readonly Lock _adding = new();

    /// <summary>The extension of a system.</summary>
    public static JournalPlugins Of(ActorSystem system) => system.WithExtension<JournalPlugins, Provider>();

    /// <summary>The id of the plugin that writes to a file.</summary>
    public string For(string file)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(file)))[..16];
        var id = $"actorseg.journal.files.f{name}";
        lock (_adding)
        {
            if (system.Settings.Config.HasPath(id)) return id;
            system.Settings.InjectTopLevelFallback(Plugin(id, file));
            system.Settings.InjectTopLevelFallback(SqlPersistence.DefaultConfiguration);
            return id;
        }
    }

    // Tags are not used, and in a column they need no table. The breaker only has to fail fast: the journal waits longer and longer by itself.
    private static Config Plugin(string id, string file) => ConfigurationFactory.ParseString($$"""
        {{id}} {
          class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql"
          plugin-id = "{{id}}"
          plugin-dispatcher = "{{Shared.Dispatchers.Journal}}"
          materializer-dispatcher = "{{Shared.Dispatchers.Journal}}"
          connection-string = {{Quoted(JournalFile.ConnectionString(file))}}
          provider-name = "SQLite.MS"
          auto-initialize = off
          tag-write-mode = Csv
          use-clone-connection = off
          circuit-breaker { max-failures = 3, call-timeout = 30s, reset-timeout = 1s }
        }
        """);

    private static string Quoted(string text) => System.Text.Json.Nodes.JsonValue.Create(text).ToJsonString();

    private sealed class Provider : ExtensionIdProvider<JournalPlugins>
    {
        public override JournalPlugins CreateExtension(ExtendedActorSystem system) => new(system);
    }
}
