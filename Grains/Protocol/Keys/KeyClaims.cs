using System.Diagnostics.CodeAnalysis;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Keys;

/// <summary>
/// What a replica has promised about keys: the first event that it is asked about under a key, in order to be put, is the only one that it takes under
/// that key from a coordinator. Two coordinators that put two events under one key at the same time ask at least one replica in common, so that they
/// cannot both go on.
/// </summary>
/// <remarks>
/// Claims are memory, not data: a restart or two generations of later keys forget them. By then the first event is found as data, or its put has ended. Safe
/// for several threads.
/// </remarks>
/// <param name="generation">Keys of a generation, at least 1. Default: 65,536, some megabytes.</param>
internal sealed class KeyClaims(int generation = KeyClaims.DefaultGeneration)
{
    /// <summary>Keys of a generation, by default.</summary>
    public const int DefaultGeneration = 1 << 16;

    private readonly Lock _gate = new();
    private readonly HashSet<Block> _arriving = [];
    private readonly Dictionary<int, EventKey> _highest = [];
    private Dictionary<EventKey, EventDigest> _newer = [];
    private Dictionary<EventKey, EventDigest> _older = [];

    /// <summary>A coordinator asks about keys in order to put events under them.</summary>
    /// <param name="offered">The keys and the events' digests.</param>
    /// <returns>
    /// For each key, the digest of another event that has come first, or null: then only the offered event is taken from now on.
    /// </returns>
    public EventDigest?[] Claim(ReadOnlySpan<KeyDigest> offered)
    {
        var others = new EventDigest?[offered.Length];
        lock (_gate)
        {
            NoteArriving(offered);
            for (var i = 0; i < offered.Length; i++)
            {
                var stands = ClaimOne(offered[i].Key, offered[i].Digest);
                others[i] = stands == offered[i].Digest ? null : stands;
            }
        }

        return others;
    }

    /// <summary>A block arrives to be stored. Refused when a key of it is promised to another event; otherwise it arrives until it has left.</summary>
    /// <param name="block">The block.</param>
    /// <param name="conflict">The first conflict.</param>
    public bool TryEnter(Block block, [NotNullWhen(false)] out KeyConflict? conflict)
    {
        lock (_gate)
        {
            conflict = block.Header.HasSuppliedKeys || IsConcerned(block.Header) ? FindConflict(block) : null;
            if (conflict is null)
            {
                _arriving.Add(block);
            }

            return conflict is null;
        }
    }

    /// <summary>A block that arrived is stored, or has failed.</summary>
    public void Leave(Block block)
    {
        lock (_gate)
        {
            _arriving.Remove(block);
        }
    }

    // Fresh keys are those of one ordinal, the coordinator's, and nearly always later than any that was asked about.
    private bool IsConcerned(BlockHeader header) =>
        _highest.TryGetValue(header.Id.Ordinal, out var highest) && header.FirstKey <= highest;

    private KeyConflict? FindConflict(Block block)
    {
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            var (key, digest) = (reader.Current.Key, reader.Current.Digest);
            if (Find(key) is { } stands && stands != digest)
            {
                return new KeyConflict(key, stands, digest);
            }
        }

        return null;
    }

    // A look-up does not see an event in flight to the disk, although it has come first.
    private void NoteArriving(ReadOnlySpan<KeyDigest> offered)
    {
        if (_arriving.Count == 0 || offered.IsEmpty)
        {
            return;
        }

        var keys = new HashSet<EventKey>(offered.Length);
        foreach (var one in offered)
        {
            keys.Add(one.Key);
        }

        var (first, last, ordinals) = (keys.Min(), keys.Max(), keys.Select(static key => key.Ordinal).ToHashSet());
        foreach (var block in _arriving.Where(b => b.Header.LastKey >= first && b.Header.FirstKey <= last
            && (b.Header.HasSuppliedKeys || ordinals.Contains(b.Header.Id.Ordinal))))
        {
            for (var reader = block.GetReader(); reader.MoveNext();)
            {
                if (keys.Contains(reader.Current.Key))
                {
                    _ = ClaimOne(reader.Current.Key, reader.Current.Digest);
                }
            }
        }
    }

    private EventDigest ClaimOne(EventKey key, EventDigest digest)
    {
        if (Find(key) is { } stands)
        {
            return stands;
        }

        if (_newer.Count >= generation)
        {
            (_older, _newer) = (_newer, _older);
            _newer.Clear();
        }

        _newer.Add(key, digest);
        if (!_highest.TryGetValue(key.Ordinal, out var highest) || highest < key)
        {
            _highest[key.Ordinal] = key;
        }

        return digest;
    }

    private EventDigest? Find(EventKey key) =>
        _newer.TryGetValue(key, out var digest) || _older.TryGetValue(key, out digest) ? digest : null;
}
