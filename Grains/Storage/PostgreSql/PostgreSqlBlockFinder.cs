using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Npgsql;

namespace AllData.Storage.PostgreSql;

/// <summary>What is held under a key.</summary>
/// <param name="Values">The events, each distinct payload once.</param>
/// <param name="Damaged">A block that may hold the key and cannot be read; otherwise null.</param>
internal sealed record FoundKey<T>(List<T> Values, string? Damaged);

/// <summary>Finds keys in the blocks of one interval's table, over the index of key spans (<see cref="KeySpan"/>).</summary>
/// <param name="connection">To read with.</param>
/// <param name="table">The interval's table.</param>
/// <param name="diagnostics">Counts damage.</param>
/// <param name="holdsLock">Whether the connection is the writer's: reading on after damage would need another one, and lose the lock.</param>
internal sealed class PostgreSqlBlockFinder(NpgsqlConnection connection, string table, ReplicaStoreDiagnostics diagnostics, bool holdsLock)
{
    /// <summary>Keys that share one round trip, at most.</summary>
    public const int MaxKeys = 64;

    // Keys that are looked up together lie close together, mostly in the same few blocks.
    private const int MaxRecentBlocks = 8;

    private readonly Queue<(long Seq, Block? Block)> _recent = new();

    /// <summary>The blocks that reach each of some spans of keys: one probe for each span and class of width.</summary>
    internal static string ProbeSql(string table, bool stopAtFirst) => $"""
        SELECT p.i, b.first_key, b.last_key, b.seq FROM unnest($1::int[], $2::smallint[], $3::text[], $4::text[], $5::text[]) AS p(i, w, low, first, last),
        LATERAL (SELECT first_key, last_key, seq FROM {table} b WHERE b.width=p.w AND b.first_key>=p.low AND b.first_key<=p.last AND b.last_key>=p.first
            {(stopAtFirst ? "LIMIT 1" : "")}) b
        """;

    /// <summary>Of each span, whether any block's span meets it.</summary>
    public bool[] AnyWithin(IReadOnlyList<(EventKey First, EventKey Last)> spans)
    {
        var met = new bool[spans.Count];
        foreach (var (index, _) in Probe(spans, stopAtFirst: true))
        {
            met[index] = true;
        }

        return met;
    }

    /// <summary>What is held under each of at most <see cref="MaxKeys"/> keys.</summary>
    public FoundKey<T>[] Find<T>(IReadOnlyList<EventKey> keys, EventSelector<T> select)
    {
        var found = keys.Select(_ => new FoundKey<T>([], null)).ToArray();
        var digests = new HashSet<(int, EventDigest)>();
        foreach (var (index, place) in Probe([.. keys.Select(key => (key, key))], stopAtFirst: false))
        {
            if (Recall(place) is not { } block)
            {
                found[index] = found[index] with { Damaged = NameOf(place) };
                continue;
            }

            Search(block, keys[index], e =>
            {
                // An event that was put twice by a retry lies in two blocks and is given once.
                if (digests.Add((index, e.Digest)))
                {
                    found[index].Values.Add(select(block, e));
                }
            });
        }

        return found;
    }

    private delegate void EventVisitor(PackedEvent found);

    private static void Search(Block block, EventKey key, EventVisitor visit)
    {
        var reader = block.GetReader();
        while (reader.MoveNext() && reader.Current.Key <= key)
        {
            if (reader.Current.Key == key)
            {
                visit(reader.Current);
            }
        }
    }

    private List<(int Index, BlockPosition Place)> Probe(IReadOnlyList<(EventKey First, EventKey Last)> spans, bool stopAtFirst)
    {
        var probes = new SpanProbes(spans.Count);
        for (var i = 0; i < spans.Count; i++)
        {
            probes.Add(i, spans[i].First, spans[i].Last);
        }

        using var command = new NpgsqlCommand(ProbeSql(table, stopAtFirst), connection);
        probes.Bind(command);
        using var reader = command.ExecuteReader();
        var candidates = new List<(int, BlockPosition)>();
        while (reader.Read())
        {
            var place = new BlockPosition(EventKey.Parse(reader.GetString(1)), EventKey.Parse(reader.GetString(2)), reader.GetInt64(3));
            candidates.Add((reader.GetInt32(0), place));
        }

        return candidates;
    }

    private string NameOf(BlockPosition place) => $"{table}, block {place.Number}";

    private Block? Recall(BlockPosition place)
    {
        foreach (var recent in _recent)
        {
            if (recent.Seq == place.Number)
            {
                return recent.Block;
            }
        }

        if (_recent.Count == MaxRecentBlocks)
        {
            _recent.Dequeue();
        }

        var block = Read(place);
        _recent.Enqueue((place.Number, block));
        return block;
    }

    private Block? Read(BlockPosition place)
    {
        try
        {
            var reason = "its row is not where the index has it";
            var bytes = holdsLock
                ? PostgreSqlBlockRows.Read(connection, table, [place]).GetValueOrDefault(place.Number)
                : PostgreSqlBlockRows.TryRead(connection, table, place, out reason);
            return bytes is not null ? BlockCodec.Decode(bytes) : throw new BlockFormatException(reason);
        }
        catch (BlockFormatException e)
        {
            diagnostics.OnDamagedBlock(NameOf(place), e.Message, holdsLock ? null : PostgreSqlBlockRows.EntryOf(connection, table, place));
            return null;
        }
    }

    /// <summary>The parameters of a probe, one array for each column.</summary>
    private sealed class SpanProbes(int spans)
    {
        private readonly List<int> _indexes = new(spans * KeySpan.Classes);
        private readonly List<short> _widths = new(spans * KeySpan.Classes);
        private readonly List<string> _lows = new(spans * KeySpan.Classes);
        private readonly List<string> _firsts = new(spans * KeySpan.Classes);
        private readonly List<string> _lasts = new(spans * KeySpan.Classes);

        public void Add(int index, EventKey first, EventKey last)
        {
            var (firstText, lastText) = (first.ToString(), last.ToString());
            for (short width = 0; width < KeySpan.Classes; width++)
            {
                _indexes.Add(index);
                _widths.Add(width);
                _lows.Add(KeySpan.LowestFirstKey(first, width).ToString());
                _firsts.Add(firstText);
                _lasts.Add(lastText);
            }
        }

        public void Bind(NpgsqlCommand command)
        {
            command.Parameters.Add(new NpgsqlParameter<List<int>> { TypedValue = _indexes });
            command.Parameters.Add(new NpgsqlParameter<List<short>> { TypedValue = _widths });
            command.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = _lows });
            command.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = _firsts });
            command.Parameters.Add(new NpgsqlParameter<List<string>> { TypedValue = _lasts });
        }
    }
}
