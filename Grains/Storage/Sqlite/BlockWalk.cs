using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Walks the blocks of one interval file by first key, over the index of key spans (<see cref="KeySpan"/>).</summary>
internal sealed class BlockWalk(SqliteDatabase database, string path, ReplicaStoreDiagnostics diagnostics) : IDisposable
{
    // Bounds what a page passes over when few blocks belong to the requested copysets.
    private const int MaxPlacesPerPage = 4096;

    private const int FirstClassParameter = 4;
    private const int ParametersPerClass = 3;

    /// <summary>
    /// The places of a range after a given one. The index is sorted within each class of width; SQLite merges the classes as it goes.
    /// </summary>
    internal static readonly string WalkSql = string.Join(
        " UNION ALL ",
        Enumerable.Range(0, KeySpan.Classes).Select(width =>
        {
            var p = FirstClassParameter + (ParametersPerClass * width);
            return $"SELECT first_key, last_key, seq FROM blocks WHERE width={width} AND (first_key, last_key, seq)>(?{p}, ?{p + 1}, ?{p + 2}) "
                + "AND first_key<?1 AND last_key>=?2";
        }))
        + " ORDER BY 1, 2, 3 LIMIT ?3";

    // A block never reaches into the next minute, so that the minute's beginning stands for the classes of width.
    private const string TopicSql = """
        SELECT first_key, last_key, seq FROM topics WHERE topic=?4 AND (first_key, last_key, seq)>(?5, ?6, ?7) AND first_key<?1 AND last_key>=?2
        ORDER BY 1, 2, 3 LIMIT ?3
        """;

    private readonly SqliteStatement _walk = database.Prepare(WalkSql);
    private readonly SqliteStatement _read = database.Prepare("SELECT copyset, bytes FROM blocks WHERE seq=?1");

    private SqliteStatement? _topicWalk;

    /// <summary>Adds the next blocks of a range to a page; where to go on, or null when this file has no more.</summary>
    public BlockPosition? Read(Interval interval, BlockRange range, BlockPageBuilder page)
    {
        if (range.Topic is not { } topic)
        {
            BindStart(_walk, range.From, range.To, range.After, MaxPlacesPerPage);
            return Read(_walk, interval, range, page);
        }

        if (_topicWalk is null && !TopicIndex.IsIn(database))
        {
            return null;
        }

        _topicWalk ??= database.Prepare(TopicSql);
        _topicWalk.Bind(1, range.To);
        _topicWalk.Bind(2, range.From);
        _topicWalk.Bind(3, MaxPlacesPerPage);
        _topicWalk.Bind(4, topic.Value);
        _topicWalk.Bind(5, range.After?.First ?? range.From.UnixMinute.GetFirstKey());
        _topicWalk.Bind(6, range.After?.Last.ToString() ?? "");
        _topicWalk.Bind(7, range.After?.Number ?? 0);
        return Read(_topicWalk, interval, range, page);
    }

    private BlockPosition? Read(SqliteStatement walk, Interval interval, BlockRange range, BlockPageBuilder page)
    {
        var places = 0;
        var passed = range.After is { } after && interval.Contains(after.First)
            ? after
            : new BlockPosition(EventKey.FirstAt(interval.StartUnixMilliseconds), default, 0);
        try
        {
            while (walk.Step())
            {
                var place = new BlockPosition(EventKey.Parse(walk.GetText(0)), EventKey.Parse(walk.GetText(1)), walk.GetInt64(2));
                if (!Add(place, range, page))
                {
                    return passed;
                }

                passed = place;
                places++;
            }

            return places == MaxPlacesPerPage ? passed : null;
        }
        finally
        {
            walk.Reset();
        }
    }

    /// <summary>Binds the parameters of <see cref="WalkSql"/>.</summary>
    internal static void BindStart(SqliteStatement walk, EventKey from, EventKey to, BlockPosition? after, int maxPlaces)
    {
        walk.Bind(1, to);
        walk.Bind(2, from);
        walk.Bind(3, maxPlaces);
        for (var width = 0; width < KeySpan.Classes; width++)
        {
            var p = FirstClassParameter + (ParametersPerClass * width);
            walk.Bind(p, after?.First ?? KeySpan.LowestFirstKey(from, width));
            walk.Bind(p + 1, after?.Last.ToString() ?? "");
            walk.Bind(p + 2, after?.Number ?? 0);
        }
    }

    public void Dispose()
    {
        _walk.Dispose();
        _topicWalk?.Dispose();
        _read.Dispose();
    }

    // False: the page is full without it.
    private bool Add(BlockPosition place, BlockRange range, BlockPageBuilder page)
    {
        _read.Bind(1, place.Number);
        try
        {
            if (!_read.Step())
            {
                return true;
            }

            var copyset = new CopysetId(_read.GetInt64(0));
            if (range.Copysets.Length > 0 && !range.Copysets.Contains(copyset))
            {
                return true;
            }

            var bytes = _read.GetBytes(1);
            if (page.IsFullFor(bytes.Length))
            {
                return false;
            }

            if (page.Add(bytes, copyset, place.First, place.Last) is { } reason)
            {
                diagnostics.OnDamagedBlock($"{path}, block {place.Number}", reason, StoredBlock.EntryOf(database, place.Number));
            }

            return true;
        }
        finally
        {
            _read.Reset();
        }
    }
}
