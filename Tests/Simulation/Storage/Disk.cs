using System.Collections.Immutable;
using System.Security.Cryptography;
using AllData.Events;
using AllData.Federation;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Protocol.Topologies;
using AllData.Simulation.Truth;
using AllData.Storage.Directories;

namespace AllData.Simulation.Storage;

/// <summary>
/// A data directory: what survives the death of its process. Whatever is here is durable; what was not flushed has never been here.
/// </summary>
internal sealed class Disk(string name, Guid directory, int cluster, Census census)
{
    private readonly Dictionary<BlockId, HeldBlock> _blocks = [];
    private readonly Dictionary<EventKey, List<(EventDigest Digest, HeldBlock Block)>> _keys = [];
    private ECDsa? _key;
    private long _number;
    private (long LeasedUntil, int Incarnation) _otherSlot;
    private long _leaseWritten;
    private bool _isNewestUnknown;

    /// <summary>The identity of the directory.</summary>
    public Guid Directory => directory;

    /// <summary>The number of the cluster that its machine is of.</summary>
    public int Cluster => cluster;

    /// <summary>The ordinal that the directory was given; 0 before.</summary>
    public int Ordinal { get; private set; }

    /// <summary>The topology that it remembers.</summary>
    public TopologySnapshot? Topology { get; set; }

    /// <summary>The topologies of the store's other clusters that it remembers.</summary>
    public ImmutableSortedDictionary<int, TopologySnapshot> OtherTopologies { get; set; } = ImmutableSortedDictionary<int, TopologySnapshot>.Empty;

    /// <summary>The ordinals that it has seen given.</summary>
    public SeenOrdinals Seen { get; set; } = SeenOrdinals.None;

    /// <summary>Keys up to this time may have been issued, milliseconds since 1970 UTC.</summary>
    public long LeasedUntil { get; private set; }

    /// <summary>Rises with every opening.</summary>
    public int Incarnation { get; private set; }

    /// <summary>What was noted of the numbers of blocks.</summary>
    public ImmutableList<NumberRecord> Numbers { get; private set; } = [];

    /// <summary>The certificate log, and what was signed of it.</summary>
    public CertificateShelf Certificates { get; set; } = CertificateShelf.Empty;

    /// <summary>The private key of the directory. What it signs differs from run to run, and nothing depends on it.</summary>
    public ECDsa Key => _key ??= ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The public key of the directory, base64 of the SubjectPublicKeyInfo.</summary>
    public string PublicKey => Convert.ToBase64String(Key.ExportSubjectPublicKeyInfo());

    /// <summary>Whether nothing more can be written to it.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether it is gone: it will never be opened again.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Whether it was put back to an older copy.</summary>
    public bool WasRestored { get; private set; }

    /// <summary>How long a flush takes.</summary>
    public TimeSpan FlushTime { get; set; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Intervals that are promised closed.</summary>
    public HashSet<Interval> Closed { get; } = [];

    /// <summary>The minutes of which something is held.</summary>
    public SortedDictionary<UnixMinute, MinuteShelf> Minutes { get; } = [];

    /// <summary>All blocks, in the order in which they came.</summary>
    public IReadOnlyCollection<HeldBlock> Blocks => _blocks.Values;

    /// <summary>A block; null when it is not held.</summary>
    public HeldBlock? Find(BlockId id) => _blocks.GetValueOrDefault(id);

    /// <summary>What is held under a key.</summary>
    public IReadOnlyList<(EventDigest Digest, HeldBlock Block)> Under(EventKey key) => _keys.TryGetValue(key, out var held) ? held : [];

    /// <summary>The registry has accepted the directory: its ordinal is remembered, once.</summary>
    public void Bind(TopologySnapshot topology) => Ordinal = Ordinal > 0
        ? Ordinal
        : topology.Ordinals.FirstOrDefault(o => o.Directory == directory)?.Ordinal ?? 0;

    /// <summary>Opens it as a silo does when it starts.</summary>
    /// <param name="now">The clock.</param>
    public void Open(long now)
    {
        var (until, incarnation) = LeaseRenewal.Next(LeasedUntil, Incarnation, _isNewestUnknown, now, _leaseWritten);
        WriteLease(until, incarnation, now);
        WriteLease(until, incarnation, now);
        _isNewestUnknown = false;
        Numbers = Numbers.Add(new IncarnationBegan(Incarnation));
    }

    /// <summary>Notes what is known of the numbers of blocks.</summary>
    /// <exception cref="DataDirectoryException">The disk is full.</exception>
    public void NoteNumbers(IReadOnlyList<NumberRecord> records)
    {
        if (IsFull)
        {
            throw new DataDirectoryException("The disk is full.");
        }

        Numbers = Numbers.AddRange(records);
        census.OnNoted(Ordinal, records);
    }

    /// <summary>Makes a lease durable; one that is shorter than the present one changes nothing.</summary>
    public void ExtendLease(long until, long now)
    {
        if (until > LeasedUntil)
        {
            WriteLease(until, Incarnation, now);
        }
    }

    /// <summary>The newest slot of the lease cannot be read any more.</summary>
    public void DamageLease()
    {
        (LeasedUntil, Incarnation) = _otherSlot;
        _isNewestUnknown = true;
    }

    /// <summary>What a copy of the directory has.</summary>
    public DiskBackup BackUp() => new(
        [.. _blocks.Keys], [.. Closed], LeasedUntil, Incarnation, Topology, OtherTopologies, Seen, Ordinal, Numbers, Certificates);

    /// <summary>The directory is put back to an older copy of it.</summary>
    public void Restore(DiskBackup backup)
    {
        WasRestored = true;
        foreach (var held in NewerThan(backup).ToList())
        {
            if (!held.IsFlipped)
            {
                census.OnDestroyed(this, held.Block.Header.Id);
            }

            Take(held);
        }

        Closed.IntersectWith(backup.Closed);
        (LeasedUntil, Incarnation) = _otherSlot = (backup.LeasedUntil, backup.Incarnation);
        (Topology, OtherTopologies, Seen, Ordinal, Numbers) = (backup.Topology, backup.OtherTopologies, backup.Seen, backup.Ordinal, backup.Numbers);
        Certificates = backup.Certificates;
    }

    /// <summary>The blocks that a copy does not have.</summary>
    public IEnumerable<HeldBlock> NewerThan(DiskBackup backup) => _blocks.Values.Where(held => !backup.Blocks.Contains(held.Block.Header.Id));

    /// <summary>Makes a block durable.</summary>
    public void Add(Block block)
    {
        var held = new HeldBlock(block, ++_number);
        _blocks.Add(block.Header.Id, held);
        if (!Minutes.TryGetValue(block.Header.UnixMinute, out var shelf))
        {
            Minutes.Add(block.Header.UnixMinute, shelf = new MinuteShelf(block.Header.UnixMinute));
        }

        shelf.Add(held);
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            var key = reader.Current.Key;
            if (!_keys.TryGetValue(key, out var under))
            {
                _keys.Add(key, under = []);
            }

            under.Add((reader.Current.Digest, held));
        }

        census.OnStored(this, block.Header.Id);
    }

    /// <summary>Writes a damaged block again.</summary>
    public void Mend(HeldBlock held)
    {
        held.Mend();
        census.OnStored(this, held.Block.Header.Id);
    }

    /// <summary>A bit of a block flips.</summary>
    public void Flip(HeldBlock held, int bit)
    {
        census.OnDestroyed(this, held.Block.Header.Id);
        held.Flip(bit);
    }

    /// <summary>Takes a block away. The program never does; a planted bug may.</summary>
    public void Overwrite(HeldBlock held)
    {
        Take(held);
        census.OnOverwritten(this, held.Block.Header.Id);
    }

    /// <summary>A block is gone, and nothing shows that it was there: no sum, and no damage.</summary>
    public void Remove(HeldBlock held)
    {
        Take(held);
        census.OnDestroyed(this, held.Block.Header.Id);
    }

    /// <summary>The disk is lost with all that is on it.</summary>
    public void Destroy()
    {
        IsGone = true;
        foreach (var held in _blocks.Values)
        {
            census.OnDestroyed(this, held.Block.Header.Id);
        }
    }

    private void Take(HeldBlock held)
    {
        _blocks.Remove(held.Block.Header.Id);
        Minutes[held.Block.Header.UnixMinute].Remove(held);
        foreach (var under in _keys.Values)
        {
            under.RemoveAll(u => u.Block == held);
        }
    }

    private void WriteLease(long until, int incarnation, long now)
    {
        _otherSlot = (LeasedUntil, Incarnation);
        (LeasedUntil, Incarnation, _leaseWritten) = (until, incarnation, now);
    }

    /// <summary>The peer and, after a wipe, which of its directories.</summary>
    public override string ToString() => name;
}
