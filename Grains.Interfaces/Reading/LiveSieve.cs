using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// Lets each event through once, live or in order, whichever comes first, whatever silo it comes from. Events in conflict come together when they are safe,
/// once more.
/// </summary>
/// <param name="maxKeys">
/// Keys beyond the safe point that it keeps. When they are as many, it lets what it cannot remember through: its silo gives such an event no more, so that it
/// would be lost. Another silo may give it once more.
/// </param>
internal sealed class LiveSieve(int maxKeys = KeysBeyond.MostKeys)
{
    private readonly KeysBeyond _given = new(maxKeys);

    /// <summary>The page without the events that were given.</summary>
    public FollowPage Sift(FollowPage page)
    {
        var events = page.Events;
        if (page.IsLive)
        {
            return page with { Events = events?.Where(key => _given.TryAdd(key) || (_given.IsFull && !_given.Has(key))) };
        }

        if (_given.Count > 0 && events is not null)
        {
            events = events.Where(key => !_given.TryFind(key, out _) || IsConflict(events, key));
        }

        if (page.Position is { } position)
        {
            _given.Pass(position);
        }

        return ReferenceEquals(events, page.Events) ? page : page with { Events = events };
    }

    private static bool IsConflict(ScanPage events, EventKey key) => events.Conflicts.Length > 0 && events.Conflicts.Contains(key);
}
