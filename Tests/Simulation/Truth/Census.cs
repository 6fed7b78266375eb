using AllData.Certificates;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Simulation.Invariants;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Truth;

/// <summary>
/// Knows of every event and block what no part of the program can know: where it is held, what was destroyed, what was promised. Told by the disks
/// and the coordinators; tells the invariants.
/// </summary>
internal sealed class Census(InvariantSet invariants, Timeline timeline)
{
    private readonly Dictionary<(EventKey Key, EventDigest Digest), EventTruth> _events = [];
    private readonly Dictionary<EventKey, List<EventTruth>> _byKey = [];
    private readonly Dictionary<BlockId, BlockTruth> _blocks = [];
    private readonly Dictionary<EventEntry, EventTruth> _entries = [];

    /// <summary>All events that were ever put into a block, in the order in which they were.</summary>
    public IEnumerable<EventTruth> Events => _events.Values;

    /// <summary>All blocks that were ever formed, in their order.</summary>
    public IEnumerable<BlockTruth> Blocks => _blocks.Values;

    /// <summary>Whether entries of certificates' trees are kept, too.</summary>
    public bool KeepsEntries { get; init; }

    /// <summary>The events by the entries of certificates' trees.</summary>
    public IReadOnlyDictionary<EventEntry, EventTruth> Entries => _entries;

    /// <summary>A block that was formed.</summary>
    public BlockTruth Find(BlockId id) => _blocks[id];

    /// <summary>The numbers of blocks of a coordinator that any disk holds.</summary>
    public NumberRanges HeldOf(int ordinal, int incarnation, UnixMinute start) => NumberRanges.Of(
        _blocks.Where(one => one.Key.IsNumbered && (one.Key.Ordinal, one.Key.Incarnation, one.Key.IntervalStart) == (ordinal, incarnation, start)
            && one.Value.Holders.Count > 0).Select(static one => one.Key.Number));

    /// <summary>A coordinator has formed a block.</summary>
    public void OnFormed(Block block)
    {
        invariants.Issued.OnBlock(block.Header.Id);
        var events = EventsOf(block).ToArray();
        var truth = new BlockTruth(block, events);
        _blocks.Add(block.Header.Id, truth);
        if (KeepsEntries)
        {
            KeepEntries(truth);
        }
    }

    /// <summary>A put was acknowledged.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="digest">Its digest.</param>
    /// <param name="needed">Copies that its level needed.</param>
    /// <param name="isPartial">Whether regions were cut off, so that their peers could not be asked.</param>
    public void OnAcknowledged(EventKey key, EventDigest digest, int needed, bool isPartial)
    {
        var truth = Find(key, digest);
        truth.OnAcknowledged(needed, isPartial);
        invariants.Durability.Check(truth);
        if (_byKey[key] is { Count: > 1 } all)
        {
            invariants.OnePayload.Check(truth, needed, all.Where(other => other != truth));
        }
    }

    /// <summary>A disk has made a block durable, or whole again.</summary>
    public void OnStored(Disk disk, BlockId id)
    {
        var block = _blocks[id];
        block.Holders.Add(disk);
        block.WasStored = true;
        invariants.Numbers.OnStored(id);
        Array.ForEach(block.Events, held => held.OnStored(disk));
        for (var i = 0; block.Holders.Count == 1 && i < block.Events.Length; i++)
        {
            invariants.Followers.OnStored(block, i);
        }
    }

    /// <summary>A coordinator has noted what it knows of the numbers of its blocks.</summary>
    public void OnNoted(int ordinal, IEnumerable<NumberRecord> records) => invariants.Numbers.OnNoted(ordinal, records, WasStored);

    /// <summary>A fault has destroyed a block on a disk.</summary>
    public void OnDestroyed(Disk disk, BlockId id) => OnGone(disk, id, isDestroyed: true, invariants.Durability.Check);

    /// <summary>The program has taken a block off a disk.</summary>
    public void OnOverwritten(Disk disk, BlockId id) =>
        OnGone(disk, id, isDestroyed: false, held => invariants.Conflicts.CheckKept(held, disk));

    private void KeepEntries(BlockTruth block)
    {
        var reader = block.Block.GetReader();
        for (var i = 0; reader.MoveNext(); i++)
        {
            block.Events[i].Blocks.Add(block);
            _entries.TryAdd(EventEntry.Of(reader.Current.Key, reader.Current.Payload, block.Block.Header.Topic), block.Events[i]);
        }
    }

    private void OnGone(Disk disk, BlockId id, bool isDestroyed, Action<EventTruth> check)
    {
        var block = _blocks[id];
        if (!block.Holders.Remove(disk))
        {
            return;
        }

        foreach (var held in block.Events)
        {
            held.OnGone(disk, isDestroyed);
            check(held);
        }
    }

    private bool WasStored(BlockId id) => _blocks.TryGetValue(id, out var block) && block.WasStored;

    private IEnumerable<EventTruth> EventsOf(Block block)
    {
        var keys = new List<(EventKey, EventDigest)>();
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            keys.Add((reader.Current.Key, reader.Current.Digest));
        }

        return keys.Select(k => Find(k.Item1, k.Item2));
    }

    private EventTruth Find(EventKey key, EventDigest digest)
    {
        if (!_events.TryGetValue((key, digest), out var truth))
        {
            truth = new EventTruth(key, digest, timeline);
            _events.Add((key, digest), truth);
            if (!_byKey.TryGetValue(key, out var all))
            {
                _byKey.Add(key, all = []);
            }

            all.Add(truth);
        }

        return truth;
    }
}
