using AllData.Reading;

namespace AllData.Following.Live;

/// <summary>Which events of a page that became safe had been given live before.</summary>
/// <param name="First">The smallest turn in which one was; 0: none was.</param>
/// <param name="Last">The greatest.</param>
/// <param name="Turns">The turn of each event; 0: it was not given live.</param>
/// <param name="Rest">The events that were not, for readers that have got all others; null when there are none.</param>
internal sealed record LiveMarks(long First, long Last, long[] Turns, ScanPage? Rest)
{
    /// <summary>The events of the page that a reader has not got.</summary>
    public ScanPage? RestFor(LiveCursor cursor, ScanPage page)
    {
        if (First == 0)
        {
            return page;
        }

        if (cursor.HasAll(First, Last))
        {
            return Rest;
        }

        var index = 0;
        return page.Where(key => Turns[index++] is var turn && (turn == 0 || !cursor.Has(turn)));
    }
}
