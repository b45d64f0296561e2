using ActorSeg.Actors.Runs;
using Microsoft.Data.Sqlite;

namespace ActorSeg.Host.Tests.Runs;

/// <summary>What happens to a training whose journal cannot be written: nothing.</summary>
public class JournalFaultTests(PhantomFolder phantom) : IClassFixture<PhantomFolder>
{
    private const int Epochs = 12;

    [Fact]
    public void Locked_for_a_while_the_training_goes_on_and_the_history_is_whole_in_the_end()
    {
        var results = phantom.NewResults();
        using var run = new ActorSegProcess(phantom.TrainArguments(results, Epochs));
        Await(() => Read(results).History.Any(e => e.Event is EpochEnded));
        using (Locked(results))
        {
            var before = Read(results).Checkpoint;
            Await(() => run.Errors.Contains("journal cannot be written", StringComparison.Ordinal));
            Await(() => run.HasEnded || Read(results).Checkpoint != before);
        }

        run.Ends(0);
        CheckWhole(results);
    }

    [Fact]
    public void On_a_full_disk_the_training_goes_on_to_its_end_and_says_what_is_missing()
    {
        var results = phantom.NewResults();
        using (phantom.Train(results).Ends(0)) { }
        // Files may not grow beyond 600 KiB: checkpoints stay below that, the journal is beyond it already.
        Sql(results, $$$"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
            INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest)
            SELECT 0, 0, 'training-run', 1000 + i,
              CAST('{"at":"2026-01-01T00:00:00+00:00","owner":9,"number":' || i || ',"event":{"text":"{{{new string('x', 10_000)}}}"}}' AS BLOB), 'warned-1' FROM n
            """);
        using var run = ActorSegProcess.WithSmallFiles(600, phantom.TrainArguments(results, Epochs));
        run.Ends(0);
        Assert.Contains("journal cannot be written", run.Errors);
        Assert.Contains("events could not be written to the run's journal", run.Errors);
        Assert.Equal((Epochs, 0), Read(results).Checkpoint);
    }

    [Fact]
    public void Removed_and_then_overwritten_it_begins_anew_and_the_training_goes_on()
    {
        var results = phantom.NewResults();
        using var run = new ActorSegProcess(phantom.TrainArguments(results, Epochs));
        Await(() => Read(results).History.Any(e => e.Event is EpochEnded));
        File.Delete(Journal(results));
        Await(() => Read(results).History.Any(e => e.Event is HistoryLost));
        File.WriteAllText(Journal(results), new string('x', 50_000));
        run.Ends(0);
        var events = Read(results).History.Select(e => e.Event).ToArray();
        Assert.IsType<RunFinished>(events[^1]);
        Assert.Contains(events, e => e is HistoryLost);
        Assert.Contains(events, e => e is RunStarted { Epochs: Epochs });
        Assert.Equal(RunState.Finished, Read(results).State);
    }

    private static void CheckWhole(string results)
    {
        var run = Read(results);
        Assert.Equal((RunState.Finished, null), (run.State, run.Problem));
        Assert.Equal(Enumerable.Range(0, Epochs), run.History.Select(e => e.Event).OfType<EpochEnded>().Select(e => e.Epoch));
        Assert.Equal(run.History.Count, run.History.DistinctBy(e => e.Number).Count());
    }

    private static RunSummary Read(string results) => RunCatalog.Read(PhantomFolder.FoldFolder(results), DateTimeOffset.UtcNow, withHistory: true);

    private static string Journal(string results) => new RunFolder(PhantomFolder.FoldFolder(results)).Journal;

    private static SqliteConnection Locked(string results)
    {
        var connection = Open(results);
        Run(connection, "BEGIN EXCLUSIVE");
        return connection;
    }

    private static void Sql(string results, string statement)
    {
        using var connection = Open(results);
        Run(connection, statement);
    }

    private static SqliteConnection Open(string results)
    {
        var connection = new SqliteConnection($"Data Source={Journal(results)};Mode=ReadWrite;Pooling=False");
        connection.Open();
        return connection;
    }

    private static void Run(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private static void Await(Func<bool> holds) => Assert.True(SpinWait.SpinUntil(holds, TimeSpan.FromMinutes(3)));
}
