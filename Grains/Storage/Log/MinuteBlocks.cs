using System.Runtime.InteropServices;
using AllData.Events;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>
/// The blocks of a minute by size class of their key span (<see cref="KeySpan"/>), in each class by first key, last key and number. For one thread at a time.
/// </summary>
internal sealed class MinuteBlocks(BlockEntries entries)
{
    private readonly List<int>?[] _classes = new List<int>?[KeySpan.Classes];

    /// <summary>Whether no block is in it.</summary>
    public bool IsEmpty => Array.TrueForAll(_classes, static numbers => numbers is not { Count: > 0 });

    /// <summary>All numbers.</summary>
    public IEnumerable<int> Numbers => _classes.SelectMany(static numbers => numbers ?? []);

    /// <summary>Adds a block.</summary>
    public void Add(int number)
    {
        var entry = entries[number];
        var numbers = _classes[KeySpan.WidthOf(entry.First, entry.Last)] ??= [];
        var place = PlaceOf(number, entry);

        // Blocks come by key, almost: they are added at the end, or close to it.
        if (numbers.Count == 0 || Compare(numbers[^1], place) < 0)
        {
            numbers.Add(number);
        }
        else
        {
            numbers.Insert(FirstBehind(numbers, place), number);
        }
    }

    /// <summary>Takes a block out.</summary>
    public void Remove(int number)
    {
        foreach (var numbers in _classes)
        {
            numbers?.Remove(number);
        }
    }

    /// <summary>Adds the blocks whose key spans meet a range within the minute.</summary>
    public void Probe(EventKey first, EventKey last, bool stopAtFirst, List<int> found)
    {
        for (var width = 0; width < _classes.Length; width++)
        {
            if (_classes[width] is not { Count: > 0 } numbers)
            {
                continue;
            }

            for (var i = FirstFrom(numbers, KeySpan.LowestFirstKey(first, width)); i < numbers.Count && entries[numbers[i]].First <= last; i++)
            {
                if (entries[numbers[i]].Last >= first)
                {
                    found.Add(numbers[i]);
                    if (stopAtFirst)
                    {
                        return;
                    }
                }
            }
        }
    }

    /// <summary>Visits the blocks of a range in order, until the visitor has enough; returns whether it has.</summary>
    /// <param name="from">The first key.</param>
    /// <param name="to">The first key beyond.</param>
    /// <param name="after">Only those behind it; null: from the first.</param>
    /// <param name="visit">Takes a number; false ends the walk.</param>
    public bool Walk(EventKey from, EventKey to, BlockPosition? after, Func<int, bool> visit)
    {
        Span<int> heads = stackalloc int[KeySpan.Classes];
        for (var width = 0; width < KeySpan.Classes; width++)
        {
            heads[width] = _classes[width] is not { } numbers ? 0
                : after is { } passed ? FirstBehind(numbers, passed)
                : FirstFrom(numbers, KeySpan.LowestFirstKey(KeyWithin(numbers, from), width));
        }

        while (Lowest(heads) is >= 0 and var width)
        {
            var number = _classes[width]![heads[width]++];
            var entry = entries[number];
            if (entry.First >= to)
            {
                return false;
            }

            if (entry.Last >= from && !visit(number))
            {
                return true;
            }
        }

        return false;
    }

    // Of an earlier minute, all are behind it.
    private EventKey KeyWithin(List<int> numbers, EventKey from) =>
        numbers.Count > 0 && entries[numbers[0]].Minute.GetFirstKey() is var start && from < start ? start : from;

    private int Lowest(ReadOnlySpan<int> heads)
    {
        var (lowest, place) = (-1, default(BlockPosition));
        for (var width = 0; width < heads.Length; width++)
        {
            if (_classes[width] is { } numbers && heads[width] < numbers.Count
                && (lowest < 0 || Compare(numbers[heads[width]], place) < 0))
            {
                (lowest, place) = (width, PlaceOf(numbers[heads[width]], entries[numbers[heads[width]]]));
            }
        }

        return lowest;
    }

    private static BlockPosition PlaceOf(int number, in BlockEntry entry) => new(entry.First, entry.Last, number);

    private int Compare(int number, BlockPosition place)
    {
        var entry = entries[number];
        var first = entry.First.CompareTo(place.First);
        var last = first != 0 ? first : entry.Last.CompareTo(place.Last);
        return last != 0 ? last : ((long)number).CompareTo(place.Number);
    }

    private int FirstFrom(List<int> numbers, EventKey first)
    {
        var (low, high) = (0, numbers.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = entries[numbers[middle]].First < first ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private int FirstBehind(List<int> numbers, BlockPosition place)
    {
        var span = CollectionsMarshal.AsSpan(numbers);
        var (low, high) = (0, span.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Compare(span[middle], place) <= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
