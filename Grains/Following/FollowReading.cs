using AllData.Events;

namespace AllData.Following;

/// <summary>One reader of a silo's feed. Disposed of when it follows no more.</summary>
internal sealed class FollowReading : IDisposable
{
    private readonly FollowFeed _feed;

    public FollowReading(FollowFeed feed) => _feed = feed;

    /// <summary>Where it was when it looked last; null before it knows. Under the feed's lock.</summary>
    public EventKey? Position { get; set; }

    /// <summary>What is there for it at this moment.</summary>
    /// <param name="position">Where it is: everything up to there has left; null: not known yet, it begins with the present.</param>
    public FeedView Look(EventKey? position) => _feed.Look(position, this);

    /// <inheritdoc/>
    public void Dispose() => _feed.Leave(this);
}
