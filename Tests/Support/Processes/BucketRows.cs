using AllData.Events;
using AllData.Storage.Sqlite;

namespace AllData.Tests.Support;

/// <summary>Reads the table of buckets from an interval's file that is not being written to.</summary>
internal static class BucketRows
{
    /// <summary>All rows.</summary>
    public static List<BucketRow> Read(string file)
    {
        using var database = SqliteDatabase.Open(file, SqliteOpening.Write, vfs: null);
        using var select = database.Prepare("SELECT copyset, minute, blocks, events, digest_sum FROM buckets ORDER BY copyset, minute");
        var rows = new List<BucketRow>();
        while (select.Step())
        {
            var sum = EventDigest.ReadFrom(select.GetBytes(4)).Value;
            rows.Add(new BucketRow(new(select.GetInt64(0)), new(select.GetInt64(1)), select.GetInt64(2), select.GetInt64(3), sum));
        }

        return rows;
    }
}
