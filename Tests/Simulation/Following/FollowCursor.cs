using AllData.Events;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Following;

/// <summary>What one reader that follows has been given, however often it has gone on elsewhere.</summary>
/// <param name="number">Counts the readers from 0.</param>
/// <param name="begin">Where it begins; null: with the present.</param>
internal sealed class FollowCursor(int number, EventKey? begin)
{
    /// <summary>All that it must be given lies after this position; null before it is known.</summary>
    public EventKey? Begin { get; private set; } = begin;

    /// <summary>Everything up to this position has been given; null before it is known.</summary>
    public EventKey? Position { get; private set; } = begin;

    /// <summary>What has been given.</summary>
    public HashSet<(EventKey Key, EventDigest Digest)> Given { get; } = [];

    /// <summary>Whether an event stands where everything has been given, and was not.</summary>
    public bool HasPassed(EventKey position, EventTruth truth) => position > Begin && position <= Position && !Given.Contains((truth.Key, truth.Digest));

    /// <summary>It is further.</summary>
    public void MoveTo(EventKey? position) => (Begin, Position) = (Begin ?? position, position ?? Position);

    /// <summary>Which reader it is.</summary>
    public override string ToString() => $"reader {number}";
}
