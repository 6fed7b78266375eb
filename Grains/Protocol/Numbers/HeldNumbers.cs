using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Numbers;

/// <summary>
/// The numbers of the blocks that peers hold of an interval, gathered in any order, from any number of peers. Not for several threads at once.
/// </summary>
/// <param name="intervalStart">The interval's first minute.</param>
/// <param name="isOf">Whether the blocks of a coordinator's directory count, by its ordinal; null: those of all.</param>
/// <remarks>Numbers are dense, so what is kept is a few runs for each incarnation, however many blocks there are.</remarks>
internal sealed class HeldNumbers(UnixMinute intervalStart, Func<int, bool>? isOf = null)
{
    private readonly SortedDictionary<(int Ordinal, int Incarnation), Runs> _held = [];
    private readonly HashSet<BlockId> _unnumbered = [];

    /// <summary>Blocks whose ids say nothing about others: from before blocks were numbered.</summary>
    public int Unnumbered => _unnumbered.Count;

    /// <summary>The incarnations of which blocks are held, ascending.</summary>
    public IEnumerable<(int Ordinal, int Incarnation)> Incarnations => _held.Keys;

    /// <summary>A peer holds a block of the interval.</summary>
    public void Add(BlockId id)
    {
        if (isOf is not null && !isOf(id.Ordinal))
        {
            return;
        }

        if (!id.IsNumbered || id.IntervalStart != intervalStart)
        {
            _unnumbered.Add(id);
            return;
        }

        if (!_held.TryGetValue((id.Ordinal, id.Incarnation), out var runs))
        {
            _held[(id.Ordinal, id.Incarnation)] = runs = new Runs();
        }

        runs.Add(id.Number);
    }

    /// <summary>The numbers that are held of an incarnation.</summary>
    public NumberRanges Of(int ordinal, int incarnation) => _held.TryGetValue((ordinal, incarnation), out var runs) ? runs.ToRanges() : NumberRanges.None;

    /// <summary>Runs that grow, ascending and with gaps between them.</summary>
    private sealed class Runs
    {
        private readonly List<NumberRange> _runs = [];

        public NumberRanges ToRanges() => NumberRanges.Of(_runs);

        public void Add(long number)
        {
            // The run that begins at the number or before it, mostly the last one.
            var at = _runs.Count - 1;
            if (at >= 0 && _runs[at].First > number)
            {
                var found = _runs.BinarySearch(new NumberRange(number, number), Comparer<NumberRange>.Create(static (a, b) => a.First.CompareTo(b.First)));
                at = found >= 0 ? found : ~found - 1;
            }

            if (at >= 0 && number <= _runs[at].Last)
            {
                return;
            }

            var (joinsBefore, joinsAfter) = (at >= 0 && _runs[at].Last + 1 == number, at + 1 < _runs.Count && _runs[at + 1].First == number + 1);
            if (joinsBefore && joinsAfter)
            {
                _runs[at] = new NumberRange(_runs[at].First, _runs[at + 1].Last);
                _runs.RemoveAt(at + 1);
            }
            else if (joinsBefore)
            {
                _runs[at] = _runs[at] with { Last = number };
            }
            else if (joinsAfter)
            {
                _runs[at + 1] = _runs[at + 1] with { First = number };
            }
            else
            {
                _runs.Insert(at + 1, new NumberRange(number, number));
            }
        }
    }
}
