using ActorSeg.Actors.Runs;
using Microsoft.Data.Sqlite;

namespace ActorSeg.Actors.Tests.Runs;

public sealed class JournalFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Journal => _folder.File(".actorseg", "journal.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void a_journal_is_made_once_and_found_from_then_on()
    {
        Assert.Equal(new JournalOpening(Created: true), JournalFile.Prepare(Journal));
        Assert.Equal(new JournalOpening(Created: false), JournalFile.Prepare(Journal) with { Epochs = null });
        Assert.Equal((0, null), (JournalFile.Read(Journal).Events.Count, JournalFile.Read(Journal).Problem));
    }

    [Fact]
    public void a_folder_without_a_journal_has_no_history_and_no_problem()
    {
        Assert.Equal((0, null), (JournalFile.Read(Journal).Events.Count, JournalFile.Read(Journal).Problem));
        Assert.False(File.Exists(Journal));
    }

    [Theory]
    [InlineData("this is no database, but it is longer than the header of one, which has a hundred bytes to begin with........")]
    [InlineData("short")]
    public void garbage_is_set_aside_and_a_journal_made(string content)
    {
        JournalFile.Prepare(Journal);
        File.WriteAllText(Journal, content);
        Assert.Contains("cannot be read", JournalFile.Read(Journal).Problem);
        var opening = JournalFile.Prepare(Journal);
        Assert.Equal((true, $"{Journal}.damaged"), (opening.Created, opening.SetAside));
        Assert.Equal(content, File.ReadAllText(opening.SetAside!));
        Assert.Null(JournalFile.Read(Journal).Problem);
    }

    [Fact]
    public void another_programs_database_is_set_aside_and_not_written_to()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Journal)!);
        Run("CREATE TABLE journal (mine TEXT)");
        Assert.Contains("no journal of ActorSeg's", JournalFile.Prepare(Journal).Why);
        Assert.False(JournalFile.Prepare(Journal).Created);
    }

    [Fact]
    public void a_file_damaged_in_the_middle_is_read_as_far_as_it_goes_and_set_aside_when_it_is_to_be_written()
    {
        Fill(400);
        var bytes = File.ReadAllBytes(Journal);
        Array.Fill(bytes, (byte)0xA5, bytes.Length / 4, bytes.Length / 2);
        File.WriteAllBytes(Journal, bytes);
        var content = JournalFile.Read(Journal);
        Assert.NotNull(content.Problem);
        Assert.InRange(content.Events.Count, 0, 399);
        Assert.Equal($"{Journal}.damaged", JournalFile.Prepare(Journal).SetAside);
    }

    [Fact]
    public void what_was_written_twice_is_read_once()
    {
        Fill(3);
        Run("""
            INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest)
            SELECT created, deleted, persistence_id, sequence_number + 10, message, manifest FROM journal
            """);
        Assert.Equal([1, 2, 3], JournalFile.Read(Journal).Events.Select(e => e.Number));
    }

    [Fact]
    public void the_last_event_of_each_kind_is_found_without_the_others()
    {
        Fill(50);
        Assert.Equal([(49, "warned-1"), (50, "training-ended-1")], JournalFile.ReadLast(Journal).Events.Select(e => (e.Number, e.Name)));
    }

    [Fact]
    public void a_locked_journal_says_so_and_is_left_alone()
    {
        Fill(1);
        using var locker = Open();
        using var command = locker.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        Assert.Throws<SqliteException>(() => JournalFile.Prepare(Journal));
        Assert.Contains("locked", JournalFile.Read(Journal).Problem);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(Journal)!));
    }

    private void Fill(int events)
    {
        JournalFile.Prepare(Journal);
        using var connection = Open();
        using var transaction = connection.BeginTransaction();
        for (var n = 1; n <= events; n++)
        {
            RunEvent happened = n % 2 == 1 && n < events ? new Warned(new string('x', 100)) : new TrainingEnded(n);
            var recorded = new Recorded(DateTimeOffset.UnixEpoch.AddSeconds(n), 1, n, happened, RunEventTypes.NameOf(happened));
            using var insert = connection.CreateCommand();
            insert.CommandText = "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest) VALUES (0, 0, 'training-run', $n, $m, $name)";
            insert.Parameters.AddWithValue("$n", n);
            insert.Parameters.AddWithValue("$m", RunEventTypes.Write(recorded));
            insert.Parameters.AddWithValue("$name", recorded.Name);
            insert.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    private void Run(string statement)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(JournalFile.ConnectionString(Journal, SqliteOpenMode.ReadWriteCreate));
        connection.Open();
        return connection;
    }
}
