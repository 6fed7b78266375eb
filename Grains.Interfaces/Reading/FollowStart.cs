using AllData.Events;

namespace AllData.Reading;

/// <summary>Where a reader that follows the store begins.</summary>
[GenerateSerializer, Immutable, Alias("AllData.FollowStart")]
public sealed record FollowStart
{
    private FollowStart()
    {
    }

    /// <summary>What becomes safe from now on.</summary>
    public static FollowStart Now { get; } = new();

    /// <summary>Everything, from the first event of the store.</summary>
    public static FollowStart Beginning { get; } = After(default);

    /// <summary>The last key that is not given; null: that of the present.</summary>
    [Id(0)]
    public EventKey? Position { get; private init; }

    /// <summary>Only events of this topic; null: all. The position goes on with the store all the same.</summary>
    [Id(1)]
    public Topic? Topic { get; init; }

    /// <summary>Continues after a position.</summary>
    /// <param name="position">As <see cref="EventFollow.Position"/> said it.</param>
    public static FollowStart After(EventKey position) => new() { Position = position };

    /// <summary>Begins with a key or, if there is no event under it, with the next one.</summary>
    /// <param name="key">The smallest key that is given. <see cref="EventKey.FirstAt(DateTimeOffset)"/> makes one of a time.</param>
    public static FollowStart From(EventKey key) => key == default ? Beginning : After(key.GetPredecessor());
}
