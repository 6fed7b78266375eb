using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Reading;

/// <summary>What a reader that follows is given next: some events, or none and word of how far it is.</summary>
/// <param name="Events">The events, ascending by position; null when there are none.</param>
/// <param name="Position">
/// Every event up to this key was given with this page or before it, and nothing more can appear there; null until it is known where the present is.
/// </param>
/// <param name="SafeUpTo">
/// Up to this key nothing more can appear in the store, as far as the serving silo knows: not below <paramref name="Position"/>, and equal when the reader has
/// everything; null until it is known.
/// </param>
/// <param name="HeldUpBy">What keeps the safe point from going on; empty when nothing does.</param>
[GenerateSerializer, Immutable, Alias("AllData.FollowPage")]
public sealed record FollowPage(
    [property: Id(0)] ScanPage? Events, [property: Id(1)] EventKey? Position, [property: Id(2)] EventKey? SafeUpTo,
    [property: Id(3)] ImmutableArray<ScanDoubt> HeldUpBy)
{
    /// <summary>The store that answers; null where it is not known.</summary>
    [Id(4)]
    public Guid? Store { get; init; }

    /// <summary>
    /// Whether the events lie beyond <see cref="Position"/>, which stays where it was: they were acknowledged, and others may appear before and between them.
    /// Only with <see cref="FollowMode.Live"/>.
    /// </summary>
    [Id(5)]
    public bool IsLive { get; init; }
}
