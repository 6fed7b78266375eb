using AllData.Events;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Truth;

/// <summary>What really is of one event: where it is held intact and durable, what was destroyed, what was promised.</summary>
internal sealed class EventTruth(EventKey key, EventDigest digest, Timeline timeline)
{
    private readonly List<(Disk Disk, int Blocks)> _holders = [];
    private readonly List<(int Cluster, TimeSpan At)> _stored = [];

    /// <summary>Its key.</summary>
    public EventKey Key => key;

    /// <summary>The digest of key and payload.</summary>
    public EventDigest Digest => digest;

    /// <summary>The blocks that have it.</summary>
    public List<BlockTruth> Blocks { get; } = [];

    /// <summary>Simulated time when the first disk has made it durable; null before.</summary>
    public TimeSpan? FirstStored => _stored.Count == 0 ? null : _stored[0].At;

    /// <summary>Disks that hold it intact and durable.</summary>
    public int Intact => _holders.Count;

    /// <summary>Copies that were destroyed: wiped, flipped, carried away.</summary>
    public int Destroyed { get; private set; }

    /// <summary>Copies that the level of an acknowledgement needed, the largest; 0: not acknowledged.</summary>
    public int Promised { get; private set; }

    /// <summary>Whether some put of it was acknowledged.</summary>
    public bool IsAcknowledged => Promised > 0;

    /// <summary>Whether fewer copies were destroyed than were promised, and yet fewer are there than both say.</summary>
    public bool IsBroken => Intact + Destroyed < Promised;

    /// <summary>Whether a put of it was acknowledged while regions were cut off.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>A put of it was acknowledged.</summary>
    public void OnAcknowledged(int needed, bool isPartial) => (Promised, IsPartial) = (Math.Max(Promised, needed), IsPartial || isPartial);

    /// <summary>A disk has made a block with it durable.</summary>
    public void OnStored(Disk disk)
    {
        if (!_stored.Exists(s => s.Cluster == disk.Cluster))
        {
            _stored.Add((disk.Cluster, timeline.Elapsed));
        }

        var index = _holders.FindIndex(h => h.Disk == disk);
        if (index < 0)
        {
            _holders.Add((disk, 1));
        }
        else
        {
            _holders[index] = (disk, _holders[index].Blocks + 1);
        }
    }

    /// <summary>Whether a disk of a cluster had made it durable before some simulated time.</summary>
    public bool WasStoredIn(int cluster, TimeSpan before) => _stored.Exists(s => s.Cluster == cluster && s.At < before);

    /// <summary>A block with it is gone from a disk, or not intact any more.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="isDestroyed">Whether a fault did it, and not the program.</param>
    public void OnGone(Disk disk, bool isDestroyed)
    {
        var index = _holders.FindIndex(h => h.Disk == disk);
        var blocks = _holders[index].Blocks - 1;
        if (blocks > 0)
        {
            _holders[index] = (disk, blocks);
            return;
        }

        _holders.RemoveAt(index);
        Destroyed += isDestroyed ? 1 : 0;
    }

    /// <summary>Whether another disk than this one holds it intact.</summary>
    public bool IsHeldBeside(Disk disk) => _holders.Exists(h => h.Disk != disk);

    /// <summary>Whether one of some disks holds it intact.</summary>
    public bool IsHeldAmong(IReadOnlySet<Disk> disks) => _holders.Exists(h => disks.Contains(h.Disk));

    /// <summary>Whether a disk holds it intact.</summary>
    public bool IsHeldBy(Disk disk) => _holders.Exists(h => h.Disk == disk);
}
