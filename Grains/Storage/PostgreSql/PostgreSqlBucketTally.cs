using System.Numerics;
using System.Runtime.InteropServices;
using AllData.Protocol;
using Npgsql;

namespace AllData.Storage;

/// <summary>Adds up what a transaction brings to each bucket (copyset and minute), and to the list of copysets.</summary>
internal sealed class PostgreSqlBucketTally(PostgreSqlSchema schema)
{
    /// <summary>2^128, which digest sums are kept modulo.</summary>
    public const string DigestModulus = "340282366920938463463374607431768211456";

    private readonly Dictionary<(long Copyset, long Minute), Sums> _sums = [];
    private readonly Dictionary<long, string> _copysets = [];

    private readonly string _addBuckets = $"""
        INSERT INTO {schema.Table("buckets")} AS b(copyset, minute, blocks, events, digest_sum)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::numeric[])
        ON CONFLICT (minute, copyset) DO UPDATE SET blocks=b.blocks+EXCLUDED.blocks, events=b.events+EXCLUDED.events,
            digest_sum=mod(b.digest_sum+EXCLUDED.digest_sum, {DigestModulus})
        """;

    private readonly string _addCopysets =
        $"INSERT INTO {schema.Table("copysets")}(id, members) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT (id) DO NOTHING";

    /// <summary>Counts a block that is stored.</summary>
    public void Add(BlockHeader header)
    {
        ref var sums = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, (header.Copyset.Id, header.UnixMinute), out _);
        sums = new Sums(sums.Blocks + 1, sums.Events + header.EventCount, unchecked(sums.Digests + header.EventDigestSum.Value));
        if (!_copysets.ContainsKey(header.Copyset.Id))
        {
            _copysets.Add(header.Copyset.Id, string.Join(',', header.Copyset.Ordinals));
        }
    }

    /// <summary>Adds the statements, for the transaction of the blocks: they agree with them whatever happens.</summary>
    public void AddTo(NpgsqlBatch batch, HashSet<long> knownCopysets)
    {
        if (_sums.Count == 0)
        {
            return;
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(_addBuckets)
        {
            Parameters =
            {
                Array(_sums.Keys, key => key.Copyset),
                Array(_sums.Keys, key => key.Minute),
                Array(_sums.Values, sums => sums.Blocks),
                Array(_sums.Values, sums => sums.Events),
                Array(_sums.Values, sums => (BigInteger)sums.Digests),
            },
        });
        var unknown = _copysets.Where(copyset => !knownCopysets.Contains(copyset.Key)).ToList();
        if (unknown.Count > 0)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(_addCopysets)
            {
                Parameters = { Array(unknown, copyset => copyset.Key), Array(unknown, copyset => copyset.Value) },
            });
        }
    }

    /// <summary>The copysets are in the table now.</summary>
    public void Remember(HashSet<long> knownCopysets) => knownCopysets.UnionWith(_copysets.Keys);

    private static NpgsqlParameter<TColumn[]> Array<TRow, TColumn>(IEnumerable<TRow> rows, Func<TRow, TColumn> column) =>
        new() { TypedValue = [.. rows.Select(column)] };

    private readonly record struct Sums(long Blocks, long Events, UInt128 Digests);
}
