using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>
/// The minutes in which a store has stored something since it was opened, so that a peer that compares asks for what has changed and not for
/// everything. In memory: after a restart everything may have changed. Written by the writer's thread, read by any.
/// </summary>
/// <param name="maxMinutes">Minutes that are remembered; of older changes it is only known that there were some.</param>
internal sealed class ChangeJournal(int maxMinutes = ChangeJournal.DefaultMinutes)
{
    /// <summary>More than five days in which each minute is written to; about half a megabyte.</summary>
    public const int DefaultMinutes = 8192;

    private readonly Lock _gate = new();

    // Each minute once, the one that changed last at the end.
    private readonly LinkedList<Change> _changes = new();
    private readonly Dictionary<UnixMinute, LinkedListNode<Change>> _byMinute = [];
    private Guid _epoch = Guid.NewGuid();
    private long _sequence;
    private long _forgotten;

    /// <summary>Notes minutes in which something was stored. Only once a reader would see it: a peer that is notified looks at once.</summary>
    public void Note(IEnumerable<UnixMinute> minutes)
    {
        lock (_gate)
        {
            foreach (var minute in minutes)
            {
                Note(minute);
            }
        }
    }

    /// <summary>Forgets everything: any minute may have changed.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            _changes.Clear();
            _byMinute.Clear();
            (_epoch, _sequence, _forgotten) = (Guid.NewGuid(), 0, 0);
        }
    }

    /// <summary>The minutes that have changed since a cursor.</summary>
    public BucketChanges Since(ChangeCursor cursor)
    {
        lock (_gate)
        {
            var next = new ChangeCursor(_epoch, _sequence);
            return cursor.Epoch == _epoch && cursor.Sequence >= _forgotten
                ? new BucketChanges(next, IsComplete: true, ChangedSince(cursor.Sequence))
                : new BucketChanges(next, IsComplete: false, []);
        }
    }

    private void Note(UnixMinute minute)
    {
        if (_byMinute.Remove(minute, out var node))
        {
            _changes.Remove(node);
        }
        else if (_byMinute.Count == maxMinutes)
        {
            var oldest = _changes.First!;
            _changes.RemoveFirst();
            _byMinute.Remove(oldest.Value.Minute);
            _forgotten = oldest.Value.Sequence;
        }

        _byMinute.Add(minute, _changes.AddLast(new Change(minute, ++_sequence)));
    }

    private ImmutableArray<UnixMinute> ChangedSince(long sequence)
    {
        var minutes = ImmutableArray.CreateBuilder<UnixMinute>();
        for (var node = _changes.Last; node is not null && node.Value.Sequence > sequence; node = node.Previous)
        {
            minutes.Add(node.Value.Minute);
        }

        minutes.Sort();
        return minutes.DrainToImmutable();
    }

    private readonly record struct Change(UnixMinute Minute, long Sequence);
}
