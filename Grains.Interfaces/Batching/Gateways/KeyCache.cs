using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Batching.Gateways;

/// <summary>
/// Keys that a gateway has handed out and that no event has yet. It grows when it runs empty and shrinks when keys grow old in it.
/// </summary>
internal sealed class KeyCache
{
    /// <summary>Most keys that one call requests: as many as a put of many takes.</summary>
    public const int MaxPerCall = 1_000;

    /// <summary>Keys to keep ready, at most.</summary>
    public const int MaxSize = 4_000;

    /// <summary>Keys to keep ready, at least.</summary>
    public const int MinSize = 16;

    /// <summary>Keys are times: an event under an older one would sort before events that were put long before it.</summary>
    // And readers wait for those that are not used.
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(0.5);

    private readonly Queue<Supply> _supplies = [];
    private readonly List<EventKey> _unused = [];
    private int _taken;
    private int _count;
    private bool _isRefilling;

    /// <summary>Keys to keep ready.</summary>
    public int Size { get; private set; } = MinSize;

    /// <summary>Keys there are, old ones included.</summary>
    public int Count => _count;

    /// <summary>Whether it has keys, or soon may have, that no event may ever need.</summary>
    public bool MayHaveUnused => _isRefilling || _count > 0 || _unused.Count > 0;

    /// <summary>Takes keys, or none.</summary>
    /// <param name="keys">Filled when the answer is true.</param>
    /// <param name="now">The client's clock.</param>
    public bool TryTake(Span<EventKey> keys, TimeSpan now)
    {
        DropOld(now);
        if (_count < keys.Length)
        {
            Size = Math.Min(MaxSize, Math.Max(Size * 2, keys.Length * 2));
            return false;
        }

        _count -= keys.Length;
        while (!keys.IsEmpty)
        {
            var supply = _supplies.Peek().Keys.AsSpan()[_taken..];
            var taken = Math.Min(supply.Length, keys.Length);
            supply[..taken].CopyTo(keys);
            keys = keys[taken..];
            _taken += taken;
            DropEmptied();
        }

        return true;
    }

    /// <summary>How many keys to request now; 0 when there are enough or a call is in flight. The call then counts as in flight.</summary>
    public int BeginRefill()
    {
        if (_isRefilling || _count * 2 > Size)
        {
            return 0;
        }

        _isRefilling = true;
        return Math.Min(MaxPerCall, Size - _count);
    }

    /// <summary>The call for more keys has ended.</summary>
    /// <param name="keys">What it brought; empty when it failed.</param>
    /// <param name="asked">When it began: the keys may be as old.</param>
    public void EndRefill(ImmutableArray<EventKey> keys, TimeSpan asked)
    {
        _isRefilling = false;
        if (keys.Length > 0)
        {
            _supplies.Enqueue(new Supply(keys, asked));
            _count += keys.Length;
        }
    }

    /// <summary>Takes the keys that have grown too old for an event, to be given back.</summary>
    /// <param name="now">The client's clock; <see cref="TimeSpan.MaxValue"/>: no event will come, all keys are too old.</param>
    public ImmutableArray<EventKey> TakeUnused(TimeSpan now)
    {
        DropOld(now);
        ImmutableArray<EventKey> unused = [.. _unused];
        _unused.Clear();
        return unused;
    }

    /// <summary>Drops all keys: the gateway that handed them out is gone.</summary>
    public void Clear()
    {
        _supplies.Clear();
        _unused.Clear();
        (_count, _taken) = (0, 0);
    }

    private void DropOld(TimeSpan now)
    {
        while (_supplies.TryPeek(out var oldest) && now - oldest.Asked > MaxAge)
        {
            _unused.AddRange(oldest.Keys.AsSpan()[_taken..]);
            _count -= oldest.Keys.Length - _taken;
            _taken = 0;
            _supplies.Dequeue();
            Size = Math.Max(MinSize, Size / 2);
        }
    }

    private void DropEmptied()
    {
        if (_taken == _supplies.Peek().Keys.Length)
        {
            _taken = 0;
            _supplies.Dequeue();
        }
    }

    private readonly record struct Supply(ImmutableArray<EventKey> Keys, TimeSpan Asked);
}
