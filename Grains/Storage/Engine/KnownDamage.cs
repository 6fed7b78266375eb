using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Engine;

/// <summary>The blocks that were found damaged, until they are repaired. Safe for several threads.</summary>
internal sealed class KnownDamage
{
    /// <summary>
    /// The number of blocks that are remembered. A badly damaged file has more: they are found again once these are repaired.
    /// </summary>
    public const int MaxEntries = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<BlockId, DamagedEntry> _entries = [];
    private int _count;

    /// <summary>What is known.</summary>
    public ImmutableArray<DamagedEntry> Entries
    {
        get
        {
            lock (_gate)
            {
                return [.. _entries.Values];
            }
        }
    }

    /// <summary>Remembers a block, if there is room.</summary>
    public void Add(DamagedEntry entry)
    {
        lock (_gate)
        {
            if (_entries.Count < MaxEntries)
            {
                _entries[entry.Id] = entry;
                Volatile.Write(ref _count, _entries.Count);
            }
        }
    }

    /// <summary>A block is intact now.</summary>
    public void Remove(BlockId id)
    {
        // This runs for each block that is stored, and usually nothing is damaged.
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }

        lock (_gate)
        {
            _entries.Remove(id);
            Volatile.Write(ref _count, _entries.Count);
        }
    }

    /// <summary>Whether a block is known to be damaged.</summary>
    public bool Contains(BlockId id)
    {
        lock (_gate)
        {
            return _entries.ContainsKey(id);
        }
    }

    /// <summary>Whether anything is known to be damaged in a run of minutes.</summary>
    public bool AnyWithin(UnixMinute fromMinute, UnixMinute toMinute) =>
        Volatile.Read(ref _count) > 0 && Entries.Any(entry => entry.UnixMinute >= fromMinute && entry.UnixMinute < toMinute);

    /// <summary>Everything in a run of minutes has been read and is intact.</summary>
    public void RemoveWithin(UnixMinute fromMinute, UnixMinute toMinute)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values.Where(entry => entry.UnixMinute >= fromMinute && entry.UnixMinute < toMinute).ToList())
            {
                _entries.Remove(entry.Id);
            }

            Volatile.Write(ref _count, _entries.Count);
        }
    }
}
