using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>What a step of a scrub has read and found.</summary>
internal sealed class ScrubTally
{
    // The first sentences show what is wrong; a badly damaged file would fill the answer with one sentence for each of its blocks.
    private const int MaxSentences = 200;

    private readonly List<string> _damage = [];
    // More are found by the next check.
    private const int MaxRows = 10_000;

    private readonly HashSet<UnixMinute> _wrongMinutes = [];
    private readonly HashSet<long> _impossible = [];
    private readonly HashSet<CopysetId> _unreadableCopysets = [];
    private long _more;

    public long Bytes { get; private set; }

    /// <summary>Blocks and events read, and the sum over the intact ones.</summary>
    public ContentSum Sum { get; private set; }

    /// <summary>A sentence about a bucket that does not match its blocks; null if there is none.</summary>
    public string? WrongBucket { get; private set; }

    /// <summary>A sentence for each fault, up to a number, and how many more there are.</summary>
    public ImmutableArray<string> Damage =>
        _more == 0 ? [.. _damage] : [.. _damage, $"and {_more} more."];

    /// <summary>A block was read.</summary>
    public void OnBlock(long events, int bytes, EventDigest digestSum)
    {
        Sum += new ContentSum(1, events, digestSum);
        Bytes += bytes;
    }

    /// <summary>A sentence about the pages of the file; null when nothing is wrong with them.</summary>
    public string? Corrupt { get; private set; }

    /// <summary>The pages of the file are damaged.</summary>
    public void OnCorrupt(string sentence)
    {
        Corrupt ??= sentence;
        OnDamage(sentence);
    }

    /// <summary>Minutes with a bucket that does not match its blocks.</summary>
    public IReadOnlySet<UnixMinute> WrongMinutes => _wrongMinutes;

    /// <summary>A bucket does not match its blocks.</summary>
    public void OnWrongBucket(UnixMinute minute, string sentence)
    {
        _wrongMinutes.Add(minute);
        WrongBucket ??= sentence;
        OnDamage(sentence);
    }

    /// <summary>Numbers of rows with content that no coordinator can have formed: no peer has a better copy, so they cannot be repaired.</summary>
    public IReadOnlyCollection<long> Impossible => _impossible;

    /// <summary>A row holds what no coordinator can have formed.</summary>
    public void OnImpossible(long number)
    {
        if (_impossible.Count < MaxRows)
        {
            _impossible.Add(number);
        }
    }

    /// <summary>Ids of copysets whose members cannot be read.</summary>
    public IReadOnlyCollection<CopysetId> UnreadableCopysets => _unreadableCopysets;

    /// <summary>The members of a copyset cannot be read.</summary>
    public void OnUnreadableCopyset(CopysetId id, string sentence)
    {
        if (_unreadableCopysets.Count < MaxRows)
        {
            _unreadableCopysets.Add(id);
        }

        OnDamage(sentence);
    }

    /// <summary>Whether there are rows that can only be taken out, or rewritten from others.</summary>
    public bool HasRowsToReplace => _impossible.Count + _unreadableCopysets.Count > 0;

    /// <summary>Something is wrong.</summary>
    public void OnDamage(string sentence)
    {
        if (_damage.Count < MaxSentences)
        {
            _damage.Add(sentence);
        }
        else
        {
            _more++;
        }
    }
}
