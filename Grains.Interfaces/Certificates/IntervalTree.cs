using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// The Merkle tree of an interval's events, from a stream of them in the order of their keys. Equal events count once. Memory is O(log n), and the different
/// events of one key.
/// </summary>
/// <param name="proven">The key whose events are to be proven; null: none.</param>
internal sealed class IntervalTree(EventKey? proven = null)
{
    private readonly CompactRange _range = new();
    private readonly SortedSet<EventEntry> _pending = [];
    private readonly List<(EventEntry Entry, FollowedLeaf Leaf)> _proven = [];

    private long _conflicts;
    private bool _isComplete;

    /// <summary>Takes an event.</summary>
    /// <param name="key">Its key, not before that of the last one.</param>
    /// <param name="payload">Its payload as it is stored.</param>
    /// <param name="topic">Its topic; null: it has none.</param>
    /// <exception cref="ArgumentException">Its key lies before that of the last one.</exception>
    public void Add(EventKey key, ReadOnlySpan<byte> payload, Topic? topic) => Add(EventEntry.Of(key, payload, topic));

    /// <summary>Takes an event whose payload's hash is known.</summary>
    /// <exception cref="ArgumentException">Its key lies before that of the last one.</exception>
    public void Add(EventEntry entry)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("The tree is complete: what it was asked for would no longer be true.");
        }

        if (_pending.Count > 0 && _pending.Min.Key is var last && last != entry.Key)
        {
            if (entry.Key < last)
            {
                throw new ArgumentException($"Event {entry.Key} comes after {last}: a tree is built in the order of the keys.", nameof(entry));
            }

            Settle();
        }

        _pending.Add(entry);
    }

    /// <summary>There are no more events.</summary>
    /// <returns>What the certificate says of them.</returns>
    public IntervalContent Complete()
    {
        Settle();
        _isComplete = true;
        return new IntervalContent(_range.Size, _conflicts, _range.Root);
    }

    /// <summary>The events of the key that is to be proven, with their places and paths in the tree, once that is complete.</summary>
    public IReadOnlyList<ProvenEvent> GetProven() => [.. _proven.Select(p => new ProvenEvent(p.Entry, p.Leaf.Index, [.. _range.PathOf(p.Leaf)]))];

    // The last key's events stay until the next key: one more of them may come.
    private void Settle()
    {
        _conflicts += _pending.Count > 1 ? 1 : 0;
        foreach (var entry in _pending)
        {
            if (entry.Key == proven)
            {
                _proven.Add((entry, _range.AppendFollowed(entry.Leaf)));
            }
            else
            {
                _range.Append(entry.Leaf);
            }
        }

        _pending.Clear();
    }
}
