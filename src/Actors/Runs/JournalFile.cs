using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace ActorSeg.Actors.Runs;

/// <summary>What was found where a journal is to be written.</summary>
/// <param name="Created">There was none, or none that could be used.</param>
/// <param name="SetAside">Where one lies now that could not be used; null where there was none.</param>
/// <param name="Why">What is wrong with it.</param>
/// <param name="Epochs">Those it tells of since the run was last begun anew; null where it is new.</param>
public sealed record JournalOpening(bool Created, string? SetAside = null, string? Why = null, IReadOnlySet<int>? Epochs = null);

/// <summary>What a journal tells. Never fails: what cannot be read is told in words.</summary>
/// <param name="Events">In order, each once.</param>
/// <param name="Problem">Why there are none, or not all; null where all is well or there is no journal.</param>
public sealed record JournalContent(IReadOnlyList<Recorded> Events, string? Problem);

/// <summary>
/// A run's history: one SQLite file, whose tables are those of Akka.Persistence.Sql. They are made here and not by the plugin, so that a file lost or broken
/// while a run goes on can be made anew under it, and so that reading takes no actors. SQLite's rollback journal rather than its write-ahead log: the latter
/// needs memory shared by all readers, which network file systems do not have.
/// </summary>
internal static class JournalFile
{
    private const int Application = 0x41534A31, Version = 1, Corrupt = 11, NotADatabase = 26;

    // How long one statement waits for a lock before it fails: writers try again by themselves, and a reader has a user who waits.
    private const int LockSeconds = 2;

    private const string Tables = """
        CREATE TABLE IF NOT EXISTS journal (
          ordering INTEGER PRIMARY KEY AUTOINCREMENT, created INTEGER NOT NULL, deleted INTEGER NOT NULL, persistence_id TEXT NOT NULL,
          sequence_number INTEGER NOT NULL, message BLOB NOT NULL, manifest TEXT, identifier INTEGER, tags TEXT, writer_uuid TEXT);
        CREATE UNIQUE INDEX IF NOT EXISTS journal_uq ON journal (persistence_id, sequence_number);
        """;

    private const string Whole = "SELECT manifest, message FROM journal ORDER BY ordering";

    private const string EpochsAndStarts =
        "SELECT manifest, message FROM journal WHERE manifest LIKE 'epoch-ended-%' OR manifest LIKE 'run-started-%' ORDER BY ordering";

    // One row a kind of event: the bare column beside MAX is that of the largest.
    private const string LastOfEachKind =
        "SELECT manifest, message FROM (SELECT manifest, message, MAX(ordering) AS last FROM journal GROUP BY manifest) ORDER BY last";

    /// <summary>
    /// For the plugin. It may not create the file: an empty one without tables would come of it. Not pooled: a connection to a file that was removed would be
    /// used again.
    /// </summary>
    public static string ConnectionString(string path, SqliteOpenMode mode = SqliteOpenMode.ReadWrite) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = LockSeconds }.ToString();

    /// <summary>Makes sure that a journal can be written; one that is broken, or no journal, is set aside.</summary>
    /// <exception cref="SqliteException">It is locked, or cannot be written now.</exception>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static JournalOpening Prepare(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var created = !File.Exists(path) || new FileInfo(path).Length == 0;
        try
        {
            Make(path, created);
            return new JournalOpening(created, Epochs: created ? null : Epochs(path));
        }
        catch (SqliteException e) when (e.SqliteErrorCode is Corrupt or NotADatabase)
        {
            var aside = $"{path}.damaged";
            File.Move(path, aside, overwrite: true);
            // Of the file that is gone: it would be played back into the new one.
            File.Delete($"{path}-journal");
            Make(path, created: true);
            return new JournalOpening(true, aside, e.Message);
        }
    }

    /// <summary>The whole history.</summary>
    public static JournalContent Read(string path) => Read(path, Whole);

    /// <summary>The last event of each kind, in order: enough to tell the state of a run, whatever its length.</summary>
    public static JournalContent ReadLast(string path) => Read(path, LastOfEachKind);

    private static HashSet<int> Epochs(string path)
    {
        var events = Read(path, EpochsAndStarts).Events.Select(e => e.Event).ToList();
        return [.. events.Skip(events.FindLastIndex(e => e is RunStarted { Fresh: true }) + 1).OfType<EpochEnded>().Select(e => e.Epoch)];
    }

    private static void Make(string path, bool created)
    {
        using var connection = Open(path, SqliteOpenMode.ReadWriteCreate);
        if (created) Run(connection, $"PRAGMA application_id = {Application}; PRAGMA user_version = {Version};");
        else if (Ask(connection, "PRAGMA application_id") is not (long)Application)
            throw new SqliteException("is a database, but no journal of ActorSeg's", NotADatabase);
        else if (Ask(connection, "PRAGMA quick_check(1)") is not "ok" and var found) throw new SqliteException($"is damaged ({found})", Corrupt);
        Run(connection, Tables);
    }

    private static JournalContent Read(string path, string query)
    {
        var events = new List<Recorded>();
        if (!File.Exists(path)) return new JournalContent(events, null);
        try
        {
            // Not read-only, where the user may write: what a killed writer left half-done is taken back by the first who opens the file.
            using var connection = Open(path, SqliteOpenMode.ReadWrite);
            using var command = connection.CreateCommand();
            command.CommandText = query;
            using var rows = command.ExecuteReader();
            while (rows.Read()) events.Add(RunEventTypes.Read(rows.GetFieldValue<byte[]>(1), rows.GetString(0)));
            return new JournalContent(Once(events), null);
        }
        catch (Exception e) when (e is SqliteException or JsonException or InvalidCastException or InvalidOperationException)
        {
            return new JournalContent(Once(events), $"{path} cannot be read{(events.Count > 0 ? " to its end" : "")} ({e.Message})");
        }
    }

    private static List<Recorded> Once(IEnumerable<Recorded> events) => [.. events.DistinctBy(e => (e.Owner, e.Number, e.At))];

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(ConnectionString(path, mode));
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static object? Ask(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        return command.ExecuteScalar();
    }

    private static void Run(SqliteConnection connection, string statements)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statements;
        command.ExecuteNonQuery();
    }
}
