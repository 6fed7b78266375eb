using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Checks the pages of an interval file.</summary>
internal static class IntervalCheck
{
    // SQLite stops at the first so many; one is enough to set a file aside.
    private const int MaxMessages = 20;

    /// <summary>Runs SQLite's own check, and looks for rows that no walk over the index of keys would meet.</summary>
    /// <param name="database">The file.</param>
    /// <param name="path">Its path, for people.</param>
    /// <param name="thoroughly">Whether each index is compared with its table.</param>
    /// <param name="tally">Receives what is wrong.</param>
    public static void Run(SqliteDatabase database, string path, bool thoroughly, ScrubTally tally)
    {
        using (var check = database.Prepare($"PRAGMA {(thoroughly ? "integrity_check" : "quick_check")}({MaxMessages})"))
        {
            while (check.Step())
            {
                if (check.GetText(0) is var message and not "ok")
                {
                    tally.OnCorrupt($"{path}: {message}");
                }
            }
        }

        var strays = database.ReadInt64($"SELECT count(*) FROM blocks WHERE width NOT BETWEEN 0 AND {KeySpan.Classes - 1} OR first_key<'1'");
        if (strays > 0)
        {
            tally.OnDamage($"{path}: {strays} rows of the table of blocks are filed where no key is looked for.");
        }
    }
}
