using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Replicas;

/// <summary>
/// The most that a replica answers at once, whatever the request: an answer is held in memory whole and occupies one of few readers. A caller that
/// pages goes on where an answer ended; a request that cannot be paged is refused.
/// </summary>
internal static class QuestionBounds
{
    /// <summary>Bytes of blocks in an answer; one larger block still comes.</summary>
    public const int MaxPageBytes = 4 << 20;

    /// <summary>Blocks that are named in an answer.</summary>
    public const int MaxListedBlocks = 8_192;

    /// <summary>Minutes whose blocks are named in an answer: a day, the longest interval.</summary>
    public const int MaxListedMinutes = 24 * 60;

    /// <summary>Blocks that are fetched by their ids.</summary>
    public const int MaxFetchedBlocks = 16_384;

    /// <summary>Buckets in an answer; a minute is never cut.</summary>
    public const int MaxBuckets = 8_192;

    /// <summary>Blocks of late events in an answer.</summary>
    public const int MaxLateBlocks = 8_192;

    /// <summary>Keys that are looked up together: ten times as many as a put of many has, unless it is configured to have more.</summary>
    public const int MaxKeys = LimitOptions.MostPutManyEvents;

    /// <summary>Copysets that a request names.</summary>
    public const int MaxCopysets = 16_384;

    /// <summary>Refuses to look up too many keys.</summary>
    /// <exception cref="QuestionTooLargeException">There are too many, or none.</exception>
    public static void Check(ImmutableArray<EventKey> keys) => Check("keys", keys.IsDefault ? -1 : keys.Length, MaxKeys);

    /// <summary>Refuses to look up too many keys that are about to be put.</summary>
    /// <exception cref="QuestionTooLargeException">There are too many, or none.</exception>
    public static void Check(KeyInquiry inquiry) =>
        Check("keys", inquiry.Claiming.IsDefault || inquiry.Looking.IsDefault ? -1 : inquiry.Claiming.Length + inquiry.Looking.Length, MaxKeys);

    /// <summary>A run of minutes as it is answered.</summary>
    public static BucketRange Clamp(BucketRange range) =>
        range with
        {
            FromMinute = Clamp(range.FromMinute),
            ToMinute = Clamp(range.ToMinute),
            MaxBuckets = Math.Clamp(range.MaxBuckets, 1, MaxBuckets),
            Late = range.Late is { } late ? late with { MaxBlocks = Math.Clamp(late.MaxBlocks, 1, MaxLateBlocks) } : null,
        };

    /// <summary>A range of blocks as it is answered.</summary>
    /// <exception cref="QuestionTooLargeException">It names too many copysets.</exception>
    public static BlockRange Clamp(BlockRange range)
    {
        var copysets = range.Copysets.IsDefault ? [] : range.Copysets;
        Check("copysets", copysets.Length, MaxCopysets);
        return range with { Copysets = copysets, MaxBytes = Math.Clamp(range.MaxBytes, 1, MaxPageBytes) };
    }

    /// <summary>A list as it is answered.</summary>
    /// <exception cref="QuestionTooLargeException">It names too many copysets.</exception>
    public static BlockListRange Clamp(BlockListRange range)
    {
        var copysets = range.Copysets.IsDefault ? [] : range.Copysets;
        Check("copysets", copysets.Length, MaxCopysets);
        return range with
        {
            UnixMinute = ClampToKey(range.UnixMinute),
            Copysets = copysets,
            MaxBlocks = Math.Clamp(range.MaxBlocks, 1, MaxListedBlocks),
            Minutes = Math.Clamp(range.Minutes, 1, MaxListedMinutes),
        };
    }

    /// <summary>The blocks that are fetched at once: of more ids, the first.</summary>
    public static BlockFetch Clamp(BlockFetch fetch)
    {
        var ids = fetch.Ids ?? [];
        const int most = MaxFetchedBlocks * BlockId.BinaryLength;
        return new BlockFetch(
            ClampToKey(fetch.UnixMinute), ids.Length > most ? ids[..most] : ids, Math.Clamp(fetch.MaxBytes, 1, MaxPageBytes));
    }

    /// <summary>Where a scrub goes on.</summary>
    public static ScrubPosition Clamp(ScrubPosition position) => position with { FromMinute = ClampToKey(position.FromMinute) };

    /// <summary>A minute that keys can have, or the first one beyond: others would overflow.</summary>
    public static UnixMinute Clamp(UnixMinute minute) => Clamp(minute, UnixMinute.End);

    // The minute after it must be valid, too.
    private static UnixMinute ClampToKey(UnixMinute minute) => Clamp(minute, UnixMinute.End - 2);

    private static UnixMinute Clamp(UnixMinute minute, UnixMinute last) => UnixMinute.Max(UnixMinute.First, UnixMinute.Min(minute, last));

    private static void Check(string what, int count, int most)
    {
        if (count < 0 || count > most)
        {
            throw new QuestionTooLargeException($"The request names {count} {what}; 0 to {most} are answered at once. Split the request.", most,
                count);
        }
    }
}
