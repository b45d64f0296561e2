using System.Collections.Immutable;
using ActorSeg.Actors.Runs;

namespace ActorSeg.Actors.Tests.Runs;

/// <summary>What a journal does with what it is told, without a file and without actors.</summary>
public class RunJournalStateTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JournalOpening Found = new(Created: false), Made = new(Created: true);

    private RunJournalState _state = new(Owner: 3, Limit: 5, Tries: 1000, FirstPause: TimeSpan.FromSeconds(1), LongestPause: TimeSpan.FromSeconds(30), Known: []);
    private ImmutableList<JournalEffect> _effects = [];

    private IEnumerable<string> Sent => Assert.IsType<JournalEffect.Append>(Assert.Single(_effects)).Events.Select(Text);

    [Fact]
    public void what_happens_before_the_file_is_open_is_written_when_it_is()
    {
        Keep("a", "b");
        Assert.Empty(_effects);
        Do(_state.Opened(Made, At));
        Assert.Equal(["a", "b"], Sent);
    }

    [Fact]
    public void one_write_is_under_way_at_a_time_and_what_came_meanwhile_follows_in_order()
    {
        Do(_state.Opened(Found, At));
        Keep("a");
        Assert.Equal(["a"], Sent);
        Keep("b", "c");
        Assert.Empty(_effects);
        Do(_state.Appended(1, At));
        Assert.Equal(["b", "c"], Sent);
    }

    [Fact]
    public void a_failed_write_is_repeated_with_the_same_numbers_and_told_once()
    {
        Do(_state.Opened(Found, At));
        Keep("a");
        Do(_state.Failed("locked"));
        Assert.Contains("cannot be written (locked)", Assert.IsType<JournalEffect.Say>(_effects[0]).Text);
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.IsType<JournalEffect.Pause>(_effects[1]).Time);
        Do(_state.TriedAgain());
        Assert.IsType<JournalEffect.Open>(Assert.Single(_effects));
        Do(_state.Failed("locked"));
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.IsType<JournalEffect.Pause>(Assert.Single(_effects)).Time);
        Do(_state.TriedAgain());
        Do(_state.Opened(Found, At));
        var again = Assert.IsType<JournalEffect.Append>(Assert.Single(_effects)).Events;
        Assert.Equal((3, 1), (again[0].Owner, again[0].Number));
        Do(_state.Appended(1, At));
        Assert.Equal("the run's journal is written again", Assert.IsType<JournalEffect.Say>(Assert.Single(_effects)).Text);
    }

    [Fact]
    public void pauses_grow_to_the_longest_and_no_further()
    {
        for (var n = 0; n < 100; n++)
        {
            Do(_state.Failed("full"));
            Assert.InRange(_effects.OfType<JournalEffect.Pause>().Single().Time, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
            Do(_state.TriedAgain());
        }

        Assert.Equal(100, _state.Failures);
    }

    [Fact]
    public void when_its_tries_are_spent_it_keeps_what_happens_for_a_last_try_at_the_end()
    {
        _state = _state with { Tries = 1 };
        Do(_state.Failed("full"));
        Do(_state.TriedAgain());
        Do(_state.Failed("full"));
        Assert.Empty(_effects);
        Keep("a");
        Do(_state.AskedToClose(At));
        Assert.IsType<JournalEffect.Open>(Assert.Single(_effects));
    }

    [Fact]
    public void epochs_of_the_checkpoint_that_the_file_does_not_tell_of_come_first_and_once()
    {
        _state = _state with { Known = [Epoch(0, 10), Epoch(1, 20), Epoch(2, double.NaN)] };
        Keep("a");
        var opening = Found with { Epochs = new HashSet<int> { 0 } };
        Do(_state.Opened(opening, At));
        var sent = Assert.IsType<JournalEffect.Append>(Assert.Single(_effects)).Events;
        Assert.Equal([(1, 20), (2, At.ToUnixTimeSeconds())], sent.Take(2).Select(e => (((EpochEnded)e.Event!).Epoch, e.At.ToUnixTimeSeconds())));
        Do(_state.Failed("full"));
        Do(_state.TriedAgain());
        Do(_state.Opened(opening, At));
        Assert.Equal(sent, Assert.IsType<JournalEffect.Append>(Assert.Single(_effects)).Events);

        static EpochEnded Epoch(int n, double ended) => new(n, 10, 0.01, 1, 1, [], 0.5, 0.5, 0, ended);
    }

    [Fact]
    public void memory_is_bounded_and_the_gap_is_told_first_when_it_can_be_written()
    {
        Do(_state.Failed("full"));
        Keep("a", "b", "c", "d", "e", "f", "g");
        Assert.Equal(5, _state.Waiting.Count);
        Do(_state.TriedAgain());
        Do(_state.Opened(Found, At));
        Assert.Equal(["2 lost", "c", "d", "e", "f", "g"], Sent);
    }

    [Fact]
    public void what_is_with_the_writer_is_never_dropped()
    {
        Do(_state.Opened(Found, At));
        Keep("a");
        Keep("b", "c", "d", "e", "f", "g");
        Assert.Equal(["a", "d", "e", "f", "g"], _state.Waiting.Select(Text).Where(t => t != "b" && t != "c"));
        Do(_state.Appended(1, At));
        Assert.Equal("2 lost", Sent.First());
    }

    [Fact]
    public void a_journal_that_was_removed_begins_anew_with_what_this_process_was_started_with()
    {
        Do(_state.Opened(Made, At));
        var start = (RunEvent)RunEventTypesTests.Samples.First()[0];
        Do(_state.Kept(start, At));
        Do(_state.Appended(1, At));
        Keep("a");
        Do(_state.Failed("unable to open"));
        Do(_state.TriedAgain());
        Do(_state.Opened(Made, At));
        Assert.Contains("was removed", Assert.IsType<JournalEffect.Say>(_effects[0]).Text);
        var events = Assert.IsType<JournalEffect.Append>(_effects[1]).Events;
        Assert.IsType<HistoryLost>(events[0].Event);
        Assert.Same(start, events[1].Event);
        Assert.Equal("a", Text(events[2]));
    }

    [Fact]
    public void a_journal_that_was_set_aside_is_told_without_its_path()
    {
        Do(_state.Opened(new JournalOpening(true, "/results/fold_0/.actorseg/journal.db.damaged", "not a database"), At));
        Assert.Contains("/results/fold_0", Assert.IsType<JournalEffect.Say>(_effects[0]).Text);
        var lost = Assert.IsType<HistoryLost>(Assert.IsType<JournalEffect.Append>(_effects[1]).Events[0].Event);
        Assert.Contains("journal.db.damaged", lost.Why);
        Assert.DoesNotContain("/", lost.Why);
    }

    [Fact]
    public void it_closes_when_all_is_written()
    {
        Do(_state.Opened(Found, At));
        Keep("a", "b");
        Do(_state.AskedToClose(At));
        Assert.Empty(_effects);
        Do(_state.Appended(1, At));
        Assert.Equal(["b"], Sent);
        Do(_state.Appended(1, At));
        Assert.Equal(0, Assert.IsType<JournalEffect.Closed>(Assert.Single(_effects)).Unwritten);
    }

    [Fact]
    public void it_closes_before_it_was_ever_open()
    {
        Do(_state.AskedToClose(At));
        Assert.Empty(_effects);
        Do(_state.Opened(Made, At));
        Assert.IsType<JournalEffect.Closed>(Assert.Single(_effects));
    }

    [Fact]
    public void closing_tries_once_more_at_once_and_then_says_what_is_missing()
    {
        Keep("a", "b");
        Do(_state.Failed("locked"));
        Do(_state.AskedToClose(At));
        Assert.IsType<JournalEffect.Open>(Assert.Single(_effects));
        Do(_state.Failed("locked"));
        Assert.Equal(2, Assert.IsType<JournalEffect.Closed>(Assert.Single(_effects)).Unwritten);
    }

    private static string Text(Recorded recorded) => recorded.Event switch
    {
        Warned warned => warned.Text,
        HistoryLost lost => $"{lost.Dropped} lost",
        _ => recorded.Name,
    };

    private void Keep(params string[] texts)
    {
        foreach (var text in texts) Do(_state.Kept(new Warned(text), At));
    }

    private void Do((RunJournalState Next, ImmutableList<JournalEffect> Effects) step) => (_state, _effects) = step;
}
