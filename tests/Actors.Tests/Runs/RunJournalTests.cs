using ActorSeg.Actors.Experiments;
using ActorSeg.Actors.Runs;
using ActorSeg.Actors.Shared;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Data.Sqlite;
using static ActorSeg.Actors.Runs.JournalProtocol;

namespace ActorSeg.Actors.Tests.Runs;

/// <summary>The journal through Akka.Persistence.Sql to a file and back, and what it does when the file is locked, lost, broken or full.</summary>
public sealed class RunJournalTests : TestKit
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestProbe _owner;

    public RunJournalTests() : base(TestConfig.Hocon) => _owner = CreateTestProbe();

    private RunFolder Run => new(_folder.Path);

    private IEnumerable<string> Told => JournalFile.Read(Run.Journal).Events.Select(e => e.Event switch
    {
        Warned warned => warned.Text,
        HistoryLost => "lost",
        _ => e.Name,
    });

    [Fact]
    public void what_it_is_told_is_in_the_file_when_it_is_closed()
    {
        var journal = Start();
        for (var n = 1; n <= 500; n++) journal.Tell(new Warned($"{n}"));
        Close(journal);
        Assert.Equal(Enumerable.Range(1, 500).Select(n => $"{n}"), Told);
        Assert.Null(JournalFile.Read(Run.Journal).Problem);
    }

    [Fact]
    public void the_next_process_appends_to_it()
    {
        var (first, second) = (Start(), (IActorRef?)null);
        first.Tell(new Warned("a"));
        Close(first);
        second = Start(owner: 2);
        second.Tell(new Warned("b"));
        Close(second);
        Assert.Equal([(1, 1), (2, 1)], JournalFile.Read(Run.Journal).Events.Select(e => (e.Owner, e.Number)));
    }

    [Fact]
    public void epochs_that_a_killed_process_did_not_tell_of_are_told_by_the_next()
    {
        var first = Start();
        first.Tell(Epoch(0));
        Close(first);
        var second = Start(owner: 2, known: [Epoch(0), Epoch(1), Epoch(2)]);
        second.Tell(Epoch(3));
        Close(second);
        Assert.Equal([0, 1, 2, 3], JournalFile.Read(Run.Journal).Events.Select(e => ((EpochEnded)e.Event!).Epoch));

        static EpochEnded Epoch(int n) => new(n, 10, 0.01, 1, 1, [], 0.5, 0.5, n, n + 1);
    }

    [Fact]
    public void two_runs_in_one_process_have_a_journal_each()
    {
        using var other = new TemporaryFolder();
        var (mine, its) = (Start(), Start(folder: new RunFolder(other.Path)));
        mine.Tell(new Warned("mine"));
        its.Tell(new Warned("its"));
        Close(mine);
        Close(its);
        Assert.Equal(["mine"], Told);
        Assert.Equal("its", ((Warned)Assert.Single(JournalFile.Read(new RunFolder(other.Path).Journal).Events).Event!).Text);
    }

    [Fact]
    public void a_folder_may_be_called_anything()
    {
        var folder = new RunFolder(_folder.File("J\u00f6rg's \"data\"; $HOME \u5206\u5272"));
        var journal = Start(folder: folder);
        journal.Tell(new Warned("a"));
        Close(journal);
        Assert.Single(JournalFile.Read(folder.Journal).Events);
    }

    [Fact]
    public void locked_for_a_while_it_warns_and_writes_everything_afterwards()
    {
        var journal = Start();
        Write(journal, "a");
        using (Lock())
        {
            journal.Tell(new Warned("b"));
            Warning("locked");
            journal.Tell(new Warned("c"));
        }

        Warning("is written again");
        Close(journal);
        Assert.Equal(["a", "b", "c"], Told);
    }

    [Fact]
    public void removed_under_it_it_begins_anew_and_says_so()
    {
        var journal = Start();
        Write(journal, "a");
        File.Delete(Run.Journal);
        journal.Tell(new Warned("b"));
        Warning("was removed");
        Close(journal);
        Assert.Equal(["lost", "b"], Told);
    }

    [Fact]
    public void overwritten_under_it_it_begins_anew_and_keeps_what_was_there()
    {
        var journal = Start();
        Write(journal, "a");
        File.WriteAllText(Run.Journal, new string('x', 9000));
        journal.Tell(new Warned("b"));
        Warning("was broken");
        Close(journal);
        Assert.Equal(["lost", "b"], Told);
        Assert.True(File.Exists($"{Run.Journal}.damaged"));
    }

    [Fact]
    public void a_write_that_fails_is_repeated_until_it_succeeds_and_nothing_is_missing_or_twice()
    {
        var journal = Start();
        Write(journal, "a");
        // As a full disk does: the statement fails and the transaction with it.
        Sql("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
        journal.Tell(new Warned("b"));
        Warning("disk is full");
        journal.Tell(new Warned("c"));
        Sql("DROP TRIGGER full");
        Warning("is written again");
        Close(journal);
        Assert.Equal(["a", "b", "c"], Told);
    }

    [Fact]
    public void closed_while_it_cannot_be_written_it_says_how_much_is_missing()
    {
        var journal = Start();
        Write(journal, "a");
        Sql("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'disk is full'); END");
        journal.Tell(new Warned("b"));
        Warning("disk is full");
        journal.Tell(CloseJournal.Instance);
        Assert.Equal(1, ((JournalClosed)_owner.FishForMessage(m => m is JournalClosed)).Unwritten);
    }

    [Fact]
    public void a_folder_that_cannot_be_written_to_is_a_warning()
    {
        File.WriteAllText(Run.Own, "a file where the folder should be");
        var journal = Start();
        journal.Tell(new Warned("a"));
        Warning("cannot be written");
        File.Delete(Run.Own);
        Warning("is written again");
        Close(journal);
        Assert.Equal(["a"], Told);
    }

    [Fact]
    public void a_killed_writer_is_replaced_and_its_events_are_written()
    {
        var journal = Start();
        Write(journal, "a");
        Sys.ActorSelection(journal.Path / "writer").Tell(Kill.Instance);
        Warning("cannot be written");
        journal.Tell(new Warned("b"));
        Close(journal);
        Assert.Equal(["a", "b"], Told);
    }

    [Fact]
    public void progress_is_told_in_a_file_of_its_own()
    {
        Directory.CreateDirectory(Run.Own);
        var journal = Start(owner: 7);
        journal.Tell(new JobProgress("train", 3, 50, "epoch 1"));
        AwaitAssert(() => Assert.Equal((7, "train", 3, 50, "epoch 1"), RunProgress.Read(Run) is { } p ? (p.Owner, p.Stage, p.Done, p.Total, p.Detail) : default));
        Close(journal);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _folder.Dispose();
    }

    private IActorRef Start(long owner = 1, RunFolder? folder = null, EpochEnded[]? known = null)
    {
        var rules = SupervisionTable.From(ConfigurationFactory.ParseString("actorseg.supervision.journal-writer.backoff = 10ms"));
        return _owner.ChildActorOf(RunJournal.Props(folder ?? Run, owner, known ?? [], rules["journal-writer"], TimeProvider.System));
    }

    private void Write(IActorRef journal, string text)
    {
        journal.Tell(new Warned(text));
        AwaitAssert(() => Assert.Contains(text, Told));
    }

    private void Close(IActorRef journal)
    {
        journal.Tell(CloseJournal.Instance);
        Assert.Equal(0, ((JournalClosed)_owner.FishForMessage(m => m is JournalClosed)).Unwritten);
    }

    private void Warning(string text) => _owner.FishForMessage(m => m is JobWarning warning && warning.Text.Contains(text));

    private SqliteConnection Lock()
    {
        var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN EXCLUSIVE";
        command.ExecuteNonQuery();
        return connection;
    }

    private void Sql(string statement)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(JournalFile.ConnectionString(Run.Journal));
        connection.Open();
        return connection;
    }
}
