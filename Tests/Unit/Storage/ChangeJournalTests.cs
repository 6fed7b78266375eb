using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Tests.Unit.Storage;

/// <summary>What has changed, within a bound.</summary>
public sealed class ChangeJournalTests
{
    [Fact]
    public void What_falls_out_makes_older_cursors_incomplete_and_no_newer_one()
    {
        var journal = new ChangeJournal(maxMinutes: 3);
        var cursors = new List<ChangeCursor> { journal.Since(default).Next };
        foreach (var minute in new long[] { 1, 2, 3, 1, 4 })
        {
            journal.Note([new(minute)]);
            cursors.Add(journal.Since(default).Next);
        }

        // Minute 2, the second change, has fallen out; minute 1 was written to again.
        Assert.Equal([false, false, true, true, true, true], cursors.Select(cursor => journal.Since(cursor).IsComplete));
        Assert.Equal([new(1), new(3), new(4)], journal.Since(cursors[2]).Minutes.ToArray());
        Assert.Equal([new(1), new(4)], journal.Since(cursors[3]).Minutes.ToArray());
        Assert.Equal([new(4)], journal.Since(cursors[4]).Minutes.ToArray());
        Assert.Empty(journal.Since(cursors[5]).Minutes);
    }

    [Fact]
    public void After_a_restart_of_the_journal_anything_may_have_changed()
    {
        var journal = new ChangeJournal();
        journal.Note([new(7)]);
        var cursor = journal.Since(default).Next;
        journal.Restart();
        Assert.False(journal.Since(cursor).IsComplete);
        Assert.True(journal.Since(journal.Since(cursor).Next).IsComplete);
    }
}
