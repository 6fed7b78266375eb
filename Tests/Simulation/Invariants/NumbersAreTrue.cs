using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 12: what a coordinator notes of the numbers of its blocks is true. A block whose number was abandoned is never stored anywhere, and what was
/// settled stays settled.
/// </summary>
internal sealed class NumbersAreTrue(InvariantSet invariants)
{
    /// <summary>The name of the invariant.</summary>
    public const string Name = "12 numbers are true";

    private readonly HashSet<BlockId> _abandoned = [];
    private readonly Dictionary<(int Ordinal, int Incarnation, UnixMinute Start), NumberRanges> _settled = [];

    /// <summary>How many numbers were abandoned.</summary>
    public int Abandoned => _abandoned.Count;

    /// <summary>A coordinator has noted what it knows.</summary>
    public void OnNoted(int ordinal, IEnumerable<NumberRecord> records, Func<BlockId, bool> wasStored)
    {
        foreach (var record in records)
        {
            switch (record)
            {
                case NumbersAbandoned some:
                    OnAbandoned(ordinal, some, wasStored);
                    break;
                case NumbersSettled mark:
                    OnSettled(ordinal, mark);
                    break;
            }
        }
    }

    /// <summary>A disk holds a block.</summary>
    public void OnStored(BlockId id) =>
        invariants.Require(Name, !_abandoned.Contains(id), () => $"block {id} is stored, and its number was abandoned before.");

    /// <summary>The numbers that were ever noted as settled.</summary>
    public NumberRanges SettledOf(int ordinal, int incarnation, UnixMinute start) =>
        _settled.GetValueOrDefault((ordinal, incarnation, start), NumberRanges.None);

    private void OnAbandoned(int ordinal, NumbersAbandoned some, Func<BlockId, bool> wasStored)
    {
        foreach (var number in some.Numbers.Runs.SelectMany(static run => Enumerable.Range(0, (int)run.Count).Select(i => run.First + i)))
        {
            var id = BlockId.Of(ordinal, some.Incarnation, some.IntervalStart, number);
            _abandoned.Add(id);
            invariants.Require(Name, !wasStored(id), () => $"the number of block {id} was abandoned, and the block was stored.");
        }
    }

    private void OnSettled(int ordinal, NumbersSettled mark)
    {
        var before = SettledOf(ordinal, mark.Incarnation, mark.IntervalStart);
        var now = NumberRanges.Between(0, mark.Settled).Except(mark.UnderWay);
        invariants.Require(Name, before.Except(now).IsEmpty, () =>
            $"numbers {before.Except(now)} of coordinator {ordinal}.{mark.Incarnation} were settled and are not any more.");
        _settled[(ordinal, mark.Incarnation, mark.IntervalStart)] = now;
    }
}
