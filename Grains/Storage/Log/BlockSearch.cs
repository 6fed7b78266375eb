using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>Finds keys in the blocks of an interval. For one thread.</summary>
internal sealed class BlockSearch(ReplicaStoreDiagnostics diagnostics)
{
    // Keys that are looked up together lie close together, mostly in the same few blocks.
    private const int MaxRecentBlocks = 8;

    private readonly Queue<(BlockId Id, Block? Block)> _recent = new();
    private readonly List<int> _candidates = [];
    private readonly List<EventDigest> _digests = [];

    /// <summary>
    /// Of the last search: a sentence about a damaged block that may hold the key, so that finding nothing does not mean that nothing is held.
    /// </summary>
    public string? Damage { get; private set; }

    /// <summary>Whether any block's key span meets the given one.</summary>
    public bool AnyWithin(HeldBlocks held, EventKey first, EventKey last)
    {
        held.Index.Probe(first, last, stopAtFirst: true, _candidates);
        return _candidates.Count > 0;
    }

    /// <summary>The events under a key, each distinct payload once.</summary>
    public List<T> Find<T>(HeldBlocks held, EventKey key, EventSelector<T> select)
    {
        var found = new List<T>();
        _digests.Clear();
        Damage = null;
        held.Index.Probe(key, key, stopAtFirst: false, _candidates);
        foreach (var number in _candidates)
        {
            var entry = held.Index.Get(number);
            if (Recall(held, number, entry) is { } block)
            {
                SearchIntact(held.NameOf(number, entry), entry, block, key, select, found);
            }
            else
            {
                Damage = $"{held.NameOf(number, entry)} is damaged";
            }
        }

        return found;
    }

    /// <summary>Releases the blocks that were read.</summary>
    public void Forget() => _recent.Clear();

    private Block? Recall(HeldBlocks held, int number, in BlockEntry entry)
    {
        foreach (var recent in _recent)
        {
            if (recent.Id == entry.Id)
            {
                return recent.Block;
            }
        }

        if (_recent.Count == MaxRecentBlocks)
        {
            _recent.Dequeue();
        }

        var block = Read(held, number, entry);
        _recent.Enqueue((entry.Id, block));
        return block;
    }

    private Block? Read(HeldBlocks held, int number, in BlockEntry entry)
    {
        try
        {
            return held.Decode(entry);
        }
        catch (BlockFormatException e)
        {
            diagnostics.OnDamagedBlock(held.NameOf(number, entry), e.Message, entry.Damaged);
            return null;
        }
    }

    private void SearchIntact<T>(string name, in BlockEntry entry, Block block, EventKey key, EventSelector<T> select, List<T> found)
    {
        try
        {
            Search(block, key, select, found);
        }
        catch (FormatException e)
        {
            // The digest is right but the records are not: the block was formed wrongly.
            Damage = $"{name}: {e.Message}";
            diagnostics.OnDamagedBlock(name, e.Message, entry.Damaged);
        }
    }

    private void Search<T>(Block block, EventKey key, EventSelector<T> select, List<T> found)
    {
        var reader = block.GetReader();
        while (reader.MoveNext() && reader.Current.Key <= key)
        {
            // An event that was put twice by a retry lies in two blocks and is given once.
            if (reader.Current.Key == key && !_digests.Contains(reader.Current.Digest))
            {
                _digests.Add(reader.Current.Digest);
                found.Add(select(block, reader.Current));
            }
        }
    }
}
