using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.PostgreSql;

/// <summary>Checks the given keys of a transaction against what is held, and against the blocks before them in the same transaction.</summary>
internal sealed class SuppliedKeyCheck(PostgreSqlBlockFinder finder)
{
    private readonly Dictionary<EventKey, List<EventDigest>> _before = [];

    /// <summary>
    /// For each block, the first of its given keys that is held with other bytes; null if there is none. A damaged block cannot be compared: to
    /// refuse because of it would permanently refuse what other peers take, and a conflict surfaces when copies meet.
    /// </summary>
    public KeyConflict?[] Check(IReadOnlyList<Block> blocks)
    {
        var given = blocks.Where(block => block.Header.HasSuppliedKeys).ToList();

        // Imports come in key order, mostly where nothing is stored yet: one look-up saves one for each key.
        var met = finder.AnyWithin([.. given.Select(block => (block.Header.FirstKey, block.Header.LastKey))]);
        var reached = given.Where((_, i) => met[i]).ToHashSet();
        var conflicts = new KeyConflict?[blocks.Count];
        for (var i = 0; i < conflicts.Length; i++)
        {
            conflicts[i] = blocks[i].Header.HasSuppliedKeys ? FindConflict(blocks[i], reached.Contains(blocks[i])) : null;
            if (conflicts[i] is null)
            {
                Remember(blocks[i]);
            }
        }

        return conflicts;
    }

    private KeyConflict? FindConflict(Block block, bool isReached)
    {
        foreach (var events in DigestsOf(block).Chunk(PostgreSqlBlockFinder.MaxKeys))
        {
            var held = isReached ? finder.Find([.. events.Select(e => e.Key)], static (_, found) => found.Digest) : null;
            for (var i = 0; i < events.Length; i++)
            {
                var (key, offered) = events[i];
                List<EventDigest> known = [.. held?[i].Values ?? [], .. _before.GetValueOrDefault(key) ?? []];
                if (known.Count > 0 && !known.Contains(offered))
                {
                    return new KeyConflict(key, known[0], offered);
                }
            }
        }

        return null;
    }

    private void Remember(Block block)
    {
        foreach (var (key, digest) in DigestsOf(block))
        {
            if (!_before.TryGetValue(key, out var digests))
            {
                _before.Add(key, digests = []);
            }

            digests.Add(digest);
        }
    }

    private static List<(EventKey Key, EventDigest Digest)> DigestsOf(Block block)
    {
        var digests = new List<(EventKey, EventDigest)>(block.Header.EventCount);
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            digests.Add((reader.Current.Key, reader.Current.Digest));
        }

        return digests;
    }
}
