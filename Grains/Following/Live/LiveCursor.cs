namespace AllData.Following.Live;

/// <summary>Which turns of a silo's live events a reader has got. Not for several threads.</summary>
/// <param name="start">The first turn that it gets.</param>
internal sealed class LiveCursor(long start)
{
    private readonly long _start = start;
    private long _lostFrom;
    private long _lostTo;

    /// <summary>The next turn.</summary>
    public long Next { get; private set; } = start;

    /// <summary>Whether it has got anything.</summary>
    public bool HasAny => Next > _start;

    /// <summary>Takes the next turn.</summary>
    public void Take() => Next++;

    /// <summary>Goes on with a later turn: those before it are no longer there, and come when they are safe.</summary>
    public void Skip(long to)
    {
        // One range that spans all losses: what lies between two of them may be given twice, and a reader of the client's library sees that.
        (_lostFrom, _lostTo) = (_lostTo == 0 ? Next : _lostFrom, to);
        Next = to;
    }

    /// <summary>Whether it has got what was given in a turn.</summary>
    public bool Has(long turn) => turn >= _start && turn < Next && !(turn >= _lostFrom && turn < _lostTo);

    /// <summary>Whether it has got all of a run of turns.</summary>
    public bool HasAll(long first, long last) => first >= _start && last < Next && (last < _lostFrom || first >= _lostTo);
}
