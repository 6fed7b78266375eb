using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Numbers;

/// <summary>
/// The numbers that an incarnation gives to the blocks of an interval: which are under way, and what is to be noted of them. Not for several threads at once.
/// </summary>
/// <param name="incarnation">The opening of the data directory.</param>
/// <param name="intervalStart">The interval's first minute.</param>
internal sealed class IntervalNumbers(int incarnation, UnixMinute intervalStart)
{
    /// <summary>
    /// Numbers above the last mark that a crash may leave open, at most. What a coordinator has issued beyond that without noting a mark counts as missing
    /// after a crash where it is not held: its puts do not wait for a mark.
    /// </summary>
    public const int Window = 512;

    /// <summary>Numbers below a mark that it leaves open, at most.</summary>
    public const int MostUnderWay = 512;

    private const int MarkEvery = Window / 2;

    private readonly HashSet<long> _underWay = [];
    private readonly List<long> _abandoned = [];
    private long _issuedAtNews;
    private long _issuedAtMark;

    /// <summary>How many were issued.</summary>
    public long Issued { get; private set; }

    /// <summary>Whether there is something to note.</summary>
    public bool HasNews { get; private set; }

    /// <summary>Whether so many were issued since the last mark that one is to be noted soon.</summary>
    public bool IsMarkDue => Issued - _issuedAtMark >= MarkEvery;

    /// <summary>Whether the mark that is to be noted now is about all that were issued.</summary>
    public bool IsMarkWhole => _underWay.Count <= MostUnderWay;

    /// <summary>Issues the next number. It is under way until it is settled or abandoned.</summary>
    /// <exception cref="InvalidOperationException">There are no more.</exception>
    public long Issue()
    {
        if (Issued > Blocks.BlockId.MaxNumber)
        {
            throw new InvalidOperationException($"All {Issued} block numbers of the interval from {intervalStart} on are used up.");
        }

        HasNews = true;
        _underWay.Add(Issued);
        return Issued++;
    }

    /// <summary>A peer has stored the block, or the put has ended and the block may be stored. One that is not under way is no change.</summary>
    public void Settle(long number) => HasNews |= _underWay.Remove(number);

    /// <summary>No block of the number is stored anywhere, and none will be. One that is not under way is no change: it was settled.</summary>
    public void Abandon(long number)
    {
        if (_underWay.Remove(number))
        {
            HasNews = true;
            _abandoned.Add(number);
        }
    }

    /// <summary>What is to be noted now: the abandoned numbers before the mark that leaves them out.</summary>
    public IReadOnlyList<NumberRecord> News()
    {
        _issuedAtNews = Issued;
        var (settled, underWay) = Mark();
        var mark = new NumbersSettled(incarnation, intervalStart, settled, underWay);
        return _abandoned.Count == 0 ? [mark] : [new NumbersAbandoned(incarnation, intervalStart, NumberRanges.Of(_abandoned)), mark];
    }

    /// <summary>What <see cref="News"/> said then is durable.</summary>
    public void OnNoted(IReadOnlyList<NumberRecord> noted)
    {
        var abandoned = noted.OfType<NumbersAbandoned>().SingleOrDefault()?.Numbers ?? NumberRanges.None;
        _abandoned.RemoveAll(abandoned.Contains);
        var mark = noted.OfType<NumbersSettled>().Single();
        _issuedAtMark = _issuedAtNews;
        var (settled, underWay) = Mark();
        HasNews = _abandoned.Count > 0 || settled != mark.Settled || !underWay.Equals(mark.UnderWay);
    }

    // So many at once hang only where many peers do: then the mark stays where it leaves so many open.
    private (long Settled, NumberRanges UnderWay) Mark()
    {
        if (IsMarkWhole)
        {
            return (Issued, NumberRanges.Of(_underWay));
        }

        var ascending = _underWay.Order().Take(MostUnderWay + 1).ToList();
        return (ascending[^1], NumberRanges.Of(ascending.Take(MostUnderWay)));
    }
}
